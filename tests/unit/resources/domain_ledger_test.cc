#include "resources/domain_ledger.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace resources {
namespace {

const std::string kBefore = "2030-01-01T00:00:00Z";
const std::string kNow = "2030-01-01T00:01:00Z";
const Owner kA{{"ns", "a"}, "uid-a", false};
const Owner kB{{"ns", "b"}, "uid-b", true};

constexpr DomainState kStates[] = {DomainState::kReserved, DomainState::kActive, DomainState::kRetained,
                                   DomainState::kKept, DomainState::kOther};

/// An entry of kA in that state, for a configuration that others made.
Domain entry(DomainState state) {
  Domain domain = Domain::adopt("a.example.com", kA, "id", "former", kBefore);
  domain.state = state;
  return domain;
}

struct Transition {
  const char* name;
  std::vector<DomainState> from;
  std::function<void(Domain&)> apply;
  /// What the entry is afterwards, made from what it was.
  std::function<void(Domain&)> changes;
  const char* refusal = "";  ///< what an abort says; empty: it is allowed from each state
};

std::vector<Transition> transitions() {
  using enum DomainState;
  const auto is_of_b = [](Domain& d) {
    d.owner = kB.name;
    d.owner_uid = kB.uid;
    d.retain = true;
  };
  return {
      {"made",
       {kReserved},
       [](Domain& d) { d.made("new", kNow); },
       [](Domain& d) {
         d.id = "new";
         d.state = kActive;
         d.since = kNow;
       },
       "only a Reserved entry becomes Active"},
      {"removed_by_others",
       {kActive},
       [](Domain& d) { d.removed_by_others(kNow); },
       [](Domain& d) {
         d.state = kReserved;
         d.since = kNow;
         d.id = {};
         d.former_certificate = {};
         d.adopted = false;
       },
       "the entry is Active"},
      {"hand_over",
       {kReserved, kActive},
       [](Domain& d) { d.hand_over(kB); },
       is_of_b,
       "the entry is Reserved or Active"},
      {"leave",
       {kReserved, kActive},
       [](Domain& d) { d.leave(kNow); },
       [](Domain& d) {
         d.state = kRetained;
         d.since = kNow;
       },
       "the entry is Reserved or Active"},
      {"take_back",
       {kRetained},
       [](Domain& d) { d.take_back(kB, kNow); },
       [is_of_b](Domain& d) {
         is_of_b(d);
         d.state = kActive;
         d.since = kNow;
       },
       "only a Retained entry is taken back"},
      {"keep_name",
       {std::begin(kStates), std::end(kStates)},
       [](Domain& d) { d.keep_name(); },
       [](Domain& d) {
         d.state = kKept;
         d.adopted = false;
         d.id = {};
         d.former_certificate = {};
       }},
  };
}

bool allowed(const Transition& transition, DomainState state) {
  return std::find(transition.from.begin(), transition.from.end(), state) != transition.from.end();
}

TEST(DomainTransitions, EachChangesWhatItSaysAndNothingElse) {
  for (const Transition& transition : transitions()) {
    for (const DomainState state : transition.from) {
      SCOPED_TRACE(std::string(transition.name) + " from " + std::string(to_string(state)));
      Domain domain = entry(state);
      Domain expected = domain;
      transition.apply(domain);
      transition.changes(expected);
      EXPECT_EQ(domain, expected);
    }
  }
}

TEST(DomainTransitionsDeathTest, EachAbortsFromAllOtherStates) {
  for (const Transition& transition : transitions()) {
    for (const DomainState state : kStates) {
      if (allowed(transition, state)) continue;
      SCOPED_TRACE(std::string(transition.name) + " from " + std::string(to_string(state)));
      Domain domain = entry(state);
      EXPECT_DEATH(transition.apply(domain), transition.refusal);
    }
  }
}

TEST(DomainTransitions, AConfigurationThatWasLeftInDoubtIsIdentifiedOnce) {
  for (const DomainState state : kStates) {
    Domain domain = entry(state);
    domain.id = {};
    Domain expected = domain;
    domain.identify("new");
    expected.id = "new";
    EXPECT_EQ(domain, expected) << to_string(state);
  }
}

TEST(DomainTransitionsDeathTest, AKnownConfigurationIsNotAnother) {
  EXPECT_DEATH(entry(DomainState::kRetained).identify("new"), "the entry has no configuration id yet");
}

TEST(DomainTransitionsDeathTest, ANameThatWasNeverServedIsNotKept) {
  Domain domain = Domain::reserve("a.example.com", kA, false, kBefore);
  EXPECT_DEATH(domain.keep_name(), "only a name that was served once is kept");
}

TEST(NewDomains, ReserveComesBeforeTheConfiguration) {
  const Domain domain = Domain::reserve("a.example.com", kB, false, kNow);
  EXPECT_EQ(domain.state, DomainState::kReserved);
  EXPECT_EQ(domain.owner_uid, kB.uid);
  EXPECT_TRUE(domain.retain) << "the policy of its owner";
  EXPECT_TRUE(domain.id.empty());
  EXPECT_FALSE(domain.served_once);
  EXPECT_TRUE(domain.in_use());
  EXPECT_TRUE(Domain::reserve("a.example.com", kB, true, kNow).served_once) << "the name was kept until now";
}

TEST(NewDomains, AConfigurationOfOthersIsGivenBackLater) {
  const Domain domain = Domain::adopt("a.example.com", kA, "id", "former", kNow);
  EXPECT_EQ(domain.state, DomainState::kActive);
  EXPECT_TRUE(domain.adopted);
  EXPECT_TRUE(domain.served_once);
  EXPECT_EQ(domain.former_certificate, "former");
}

TEST(NewDomains, WhatIsRecoveredIsTheOperatorsOwn) {
  const Domain domain = Domain::recover("a.example.com", kA, "id", kNow);
  EXPECT_EQ(domain.state, DomainState::kActive);
  EXPECT_FALSE(domain.adopted);
  EXPECT_TRUE(domain.served_once);
}

TEST(DomainNames, TheNameIsKeptOnceTheConfigurationWasThere) {
  Domain domain = Domain::reserve("a.example.com", kA, false, kBefore);
  domain.made("id", kBefore);
  EXPECT_TRUE(domain.served_once);
  domain.removed_by_others(kNow);
  EXPECT_TRUE(domain.served_once) << "whoever removed it did not release the name";
  domain.keep_name();
  EXPECT_FALSE(domain.is_used());
  EXPECT_FALSE(domain.in_use());
}

TEST(DomainNames, ARetainedConfigurationIsUsedButNotInUse) {
  EXPECT_TRUE(entry(DomainState::kRetained).is_used());
  EXPECT_FALSE(entry(DomainState::kRetained).in_use());
  EXPECT_TRUE(entry(DomainState::kOther).in_use()) << "what another version wrote may be anything";
}

TEST(DomainNames, OneEntryForEachName) {
  DomainLedger domains{Domain::recover("a.example.com", kA, "1", kBefore)};
  put_domain(domains, Domain::recover("b.example.com", kB, "2", kBefore));
  ASSERT_EQ(domains.size(), 2U);
  Domain kept = domains[0];
  kept.keep_name();
  put_domain(domains, kept);
  ASSERT_EQ(domains.size(), 2U);
  EXPECT_EQ(*find_domain(domains, "a.example.com"), kept);
  EXPECT_EQ(find_used_domain(domains, "a.example.com"), nullptr);
  EXPECT_NE(find_used_domain(domains, "b.example.com"), nullptr);
  EXPECT_EQ(find_domain(domains, "c.example.com"), nullptr);
}

}  // namespace
}  // namespace resources
