#include "small_worlds.h"

#include <array>
#include <functional>

#include "climate.h"
#include "rest.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Longer than W and the pauses after a failure or two.
constexpr base::Duration kAWhile = minutes(6);

Content good(int chain) {
  return {Content::Kind::kGood, chain};
}

void object(World& world, const std::string& name, int chain, bool retain = false, bool adopt = true) {
  world.user.set_secret(name, good(chain));
  world.user.create(name, {.retain = retain, .adopt = adopt});
}

void object_with_domain(World& world, const std::string& name, int chain, const std::string& domain,
                        bool retain = false) {
  world.user.set_secret(name, good(chain));
  world.user.create(name, {.retain = retain, .domain = domain});
}

const std::string& first_domain() {
  return domain_names().front();
}

struct Scenario {
  const char* name;
  std::function<void(World&)> play;
  std::size_t domain_quota = 10;
};

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"add one", [](World& w) { object(w, "a", 0); }},
      {"add two",
       [](World& w) {
         object(w, "a", 0);
         object(w, "b", 1);
       }},
      {"the third waits and moves up",
       [](World& w) {
         object(w, "a", 0);
         object(w, "b", 1);
         object(w, "c", 2);
         w.rest(kAWhile);
         w.user.remove("a");
       }},
      {"rotate",
       [](World& w) {
         object(w, "a", 0);
         w.rest(kAWhile);
         w.user.set_secret("a", good(1));
       }},
      {"delete",
       [](World& w) {
         object(w, "a", 0);
         w.rest(kAWhile);
         w.user.remove("a");
       }},
      {"delete and make anew",
       [](World& w) {
         object(w, "a", 0);
         w.rest(kAWhile);
         w.user.force_remove("a");
         w.user.create("a");
       }},
      {"adopt",
       [](World& w) {
         w.cloud.add(0, /*ours=*/false, {});
         object(w, "a", 0);
       }},
      {"somebody else's stays",
       [](World& w) {
         w.cloud.add(0, /*ours=*/false, {});
         object(w, "a", 0, false, /*adopt=*/false);
         w.rest(kAWhile);
         w.user.remove("a");
       }},
      {"retain and take up again",
       [](World& w) {
         object(w, "a", 0, /*retain=*/true);
         w.rest(kAWhile);
         w.user.remove("a");
         w.rest(kAWhile);
         w.user.create("a");
       }},
      {"swap the Secrets",
       [](World& w) {
         object(w, "a", 0);
         object(w, "b", 1);
         w.rest(kAWhile);
         w.user.set_secret("a", good(1));
         w.user.set_secret("b", good(0));
       }},
      {"serve on a domain", [](World& w) { object_with_domain(w, "a", 0, first_domain()); }},
      {"rotate what a domain serves",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain());
         w.rest(kAWhile);
         w.user.set_secret("a", good(1));
       }},
      {"delete what a domain serves",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain());
         w.rest(kAWhile);
         w.user.remove("a");
       }},
      {"wish and give up at once",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain());
         w.rest(seconds(0));
         w.user.wish("a", "");
         w.rest(seconds(1));
         w.user.remove("a");
       }},
      {"retain what a domain serves",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain(), /*retain=*/true);
         w.rest(kAWhile);
         w.user.remove("a");
       }},
      {"rename the only domain",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain());
         w.rest(kAWhile);
         w.user.wish("a", domain_names().back());
       },
       1},
      {"move a domain",
       [](World& w) {
         object_with_domain(w, "a", 0, first_domain());
         object(w, "b", 1);
         w.rest(kAWhile);
         w.user.wish("a", "");
         w.user.wish("b", first_domain());
       },
       1},
  };
  return all;
}

/// Lets the mishaps happen and notes which calls there were.
class PlannedDirector final : public Director {
 public:
  explicit PlannedDirector(const std::vector<Mishap>& mishaps) : mishaps_(mishaps) {}

  Fate fate(const CallSite& call) override {
    const std::size_t number = calls.size();
    calls.push_back(call.kind);
    for (const Mishap& mishap : mishaps_) {
      if (mishap.call == number) return mishap.fate;
    }
    return {};
  }

  std::vector<CallSite::Kind> calls;

 private:
  const std::vector<Mishap>& mishaps_;
};

bool is_crash(const Fate& fate) {
  return fate.kind == Fate::Kind::kCrashBefore || fate.kind == Fate::Kind::kCrashAfter ||
         fate.kind == Fate::Kind::kCrashLate;
}

/// Everything that can befall a call. A read that was done and one that was not are the same to everybody else.
std::vector<Fate> fates(CallSite::Kind kind) {
  std::vector<Fate> all{{Fate::Kind::kLostBefore}, {Fate::Kind::kCrashBefore}};
  for (unsigned i = 0; i < refusals(kind); ++i) all.push_back({Fate::Kind::kRefused, i});
  if (kind == CallSite::Kind::kRead || kind == CallSite::Kind::kLook) return all;
  all.push_back({Fate::Kind::kLostAfter});
  all.push_back({Fate::Kind::kCrashAfter});
  for (Fate& fate : all) fate.list_lag = seconds(50);
  if (kind != CallSite::Kind::kAdd && kind != CallSite::Kind::kBind) return all;
  for (const Fate::Kind late : {Fate::Kind::kLate, Fate::Kind::kCrashLate}) {
    all.push_back({.kind = late, .commit = seconds(85), .list_lag = seconds(55)});
  }
  return all;
}

class SmallWorlds {
 public:
  SmallWorlds(std::uint64_t part, std::uint64_t parts) : part_(part), parts_(parts) {}

  SmallWorldsResult run() {
    for (const Scenario& scenario : scenarios()) {
      std::vector<CallSite::Kind> calls;
      if (!try_with(scenario, {}, calls)) return result_;
      for (std::size_t i = 0; i < calls.size(); ++i) {
        for (const Fate& first : fates(calls[i])) {
          // The shares are by first mishap: what a second can hit depends on it.
          if (++shared_ % parts_ != part_) continue;
          if (!try_from(scenario, {i, first})) return result_;
        }
      }
    }
    return result_;
  }

 private:
  /// The scenario with that mishap, and with each other one after it, if one of the two is a crash.
  bool try_from(const Scenario& scenario, const Mishap& first) {
    std::vector<CallSite::Kind> calls;
    if (!try_with(scenario, {first}, calls)) return false;
    for (std::size_t j = first.call + 1; j < calls.size(); ++j) {
      for (const Fate& second : fates(calls[j])) {
        if (!is_crash(first.fate) && !is_crash(second)) continue;
        std::vector<CallSite::Kind> more;
        if (!try_with(scenario, {first, {j, second}}, more)) return false;
      }
    }
    return true;
  }

  bool try_with(const Scenario& scenario, const std::vector<Mishap>& mishaps, std::vector<CallSite::Kind>& calls) {
    Story silent(false);
    const auto violation = play(scenario, mishaps, silent, calls);
    ++result_.runs;
    result_.steps += silent.steps();
    if (!violation) return true;
    Story story(true);
    std::vector<CallSite::Kind> ignored;
    (void)play(scenario, mishaps, story, ignored);
    result_.violation = "\"" + std::string(scenario.name) + "\"";
    for (const Mishap& mishap : mishaps) {
      *result_.violation += ", call " + std::to_string(mishap.call) + " " + to_string(mishap.fate.kind);
    }
    *result_.violation += ": " + *violation;
    return false;
  }

  static std::optional<std::string> play(const Scenario& scenario, const std::vector<Mishap>& mishaps, Story& story,
                                         std::vector<CallSite::Kind>& calls) {
    Setup setup;
    setup.interleaved = false;
    setup.resync = std::chrono::hours(1);
    setup.cloud.quota = 5;
    setup.domain_rules = kNamesForAll;
    setup.cloud.list_lag = setup.cloud.domain_list_lag = minutes(1);
    setup.cloud.domain_quota = scenario.domain_quota;
    setup.domain_quota = static_cast<int>(scenario.domain_quota);
    PlannedDirector director(mishaps);
    std::optional<std::string> violation;
    try {
      World world(setup, director, story);
      scenario.play(world);
      world.rest(kAWhile);
      calls = director.calls;
      come_to_rest(world);
    } catch (const Violation& broken) {
      violation = broken.what();
    }
    return violation;
  }

  const std::uint64_t part_;
  const std::uint64_t parts_;
  std::uint64_t shared_ = 0;
  SmallWorldsResult result_;
};

}  // namespace

SmallWorldsResult run_small_worlds(std::uint64_t part, std::uint64_t parts) {
  return SmallWorlds(part, parts).run();
}

}  // namespace simulation
