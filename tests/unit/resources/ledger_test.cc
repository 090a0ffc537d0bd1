#include "resources/ledger.h"

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
const Owner kC{{"ns", "c"}, "uid-c", false};

constexpr SlotState kStates[] = {SlotState::kReserved,  SlotState::kInDoubt,  SlotState::kPresumed,
                                 SlotState::kActive,    SlotState::kDeleting, SlotState::kRetained,
                                 SlotState::kEarmarked, SlotState::kLost,     SlotState::kOther};

/// An entry of kA, as an entry in that state looks.
Slot entry(SlotState state, const Attempt& attempt = "1") {
  Slot slot = Slot::reserve(attempt, kA, "sha256:chain", false, kBefore);
  slot.state = state;
  const bool has_certificate = state == SlotState::kPresumed || state == SlotState::kActive ||
                               state == SlotState::kDeleting || state == SlotState::kRetained;
  if (has_certificate) slot.id = CertificateId("id-" + attempt.str());
  return slot;
}

Slot entry_of(const Owner& owner, SlotState state, const Attempt& attempt) {
  Slot slot = entry(state, attempt);
  slot.owner = owner.name;
  slot.owner_uid = owner.uid;
  slot.retain = owner.retain;
  return slot;
}

struct Transition {
  const char* name;
  std::vector<SlotState> from;
  std::function<void(Slot&)> apply;
  /// What the entry is afterwards, made from what it was.
  std::function<void(Slot&)> changes;
  const char* refusal = "";  ///< what an abort says; empty: it is allowed from each state
};

std::vector<Transition> transitions() {
  using enum SlotState;
  const auto becomes = [](SlotState state) {
    return [state](Slot& s) {
      s.state = state;
      s.since = kNow;
    };
  };
  const auto found = [](SlotState state) {
    return [state](Slot& s) {
      s.state = state;
      s.since = kNow;
      s.id = "new";
    };
  };
  const auto is_of_b = [](Slot& s) {
    s.owner = kB.name;
    s.owner_uid = kB.uid;
    s.retain = true;
  };
  return {
      {"doubt",
       {kReserved},
       [](Slot& s) { s.doubt(kNow); },
       becomes(kInDoubt),
       "only a Reserved entry becomes InDoubt"},
      {"uploaded",
       {kReserved, kInDoubt},
       [](Slot& s) { s.uploaded("new", kNow); },
       found(kActive),
       "the outcome of the upload is unknown"},
      {"presume",
       {kReserved, kInDoubt},
       [](Slot& s) { s.presume("new", kNow); },
       found(kPresumed),
       "the outcome of the upload is unknown"},
      {"confirm",
       {kPresumed},
       [](Slot& s) { s.confirm(kNow); },
       becomes(kActive),
       "only a Presumed entry is confirmed"},
      {"vouch",
       {kPresumed, kActive, kDeleting, kRetained},
       [](Slot& s) { s.vouch(); },
       [](Slot& s) { s.recorded_only = false; },
       "the entry has a certificate id"},
      {"hand_over",
       {kPresumed, kActive},
       [](Slot& s) { s.hand_over(kB); },
       is_of_b,
       "only a held entry changes its owner"},
      {"leave",
       {kPresumed, kActive, kDeleting},
       [](Slot& s) { s.leave(kNow); },
       becomes(kRetained),
       "only a held or Deleting entry is retained"},
      {"take_back",
       {kRetained},
       [](Slot& s) { s.take_back(kB, kNow); },
       [is_of_b](Slot& s) {
         is_of_b(s);
         s.state = kActive;
         s.since = kNow;
       },
       "only a Retained entry is taken back"},
      {"begin_delete",
       {kPresumed, kActive},
       [](Slot& s) { s.begin_delete(kNow); },
       becomes(kDeleting),
       "only a held entry is deleted"},
      {"promise",
       {std::begin(kStates), std::end(kStates)},
       [](Slot& s) { s.promise(kB.name, kB.uid); },
       [](Slot& s) {
         s.reserved_for = kB.name;
         s.reserved_for_uid = kB.uid;
       }},
      {"withdraw_promise",
       {std::begin(kStates), std::end(kStates)},
       [](Slot& s) { s.withdraw_promise(); },
       [](Slot&) {}},
      {"keep_for",
       {kReserved, kInDoubt, kPresumed, kActive, kDeleting, kRetained, kEarmarked},
       [](Slot& s) { s.keep_for(kC.name, kC.uid, kNow); },
       [](Slot& s) {
         Slot kept;
         kept.attempt = s.attempt;
         kept.state = kEarmarked;
         kept.owner = kC.name;
         kept.owner_uid = kC.uid;
         kept.since = kNow;
         s = kept;
       },
       "the entry is neither Lost nor Other"},
  };
}

bool allowed(const Transition& transition, SlotState state) {
  return std::find(transition.from.begin(), transition.from.end(), state) != transition.from.end();
}

TEST(SlotTransitions, EachChangesWhatItSaysAndNothingElse) {
  for (const Transition& transition : transitions()) {
    for (const SlotState state : transition.from) {
      SCOPED_TRACE(std::string(transition.name) + " from " + std::string(to_string(state)));
      Slot slot = entry(state);
      Slot expected = slot;
      transition.apply(slot);
      transition.changes(expected);
      EXPECT_EQ(slot, expected);
    }
  }
}

TEST(SlotTransitionsDeathTest, EachAbortsFromAllOtherStates) {
  for (const Transition& transition : transitions()) {
    for (const SlotState state : kStates) {
      if (allowed(transition, state)) continue;
      SCOPED_TRACE(std::string(transition.name) + " from " + std::string(to_string(state)));
      Slot slot = entry(state);
      EXPECT_DEATH(transition.apply(slot), transition.refusal);
    }
  }
}

TEST(SlotTransitionsDeathTest, AnUploadWithoutAnIdIsNoUpload) {
  EXPECT_DEATH(entry(SlotState::kReserved).uploaded("", kNow), "a certificate on the platform has an id");
  EXPECT_DEATH(entry(SlotState::kInDoubt).presume("", kNow), "a certificate on the platform has an id");
}

TEST(SlotTransitionsDeathTest, ASlotIsPromisedToOneObject) {
  Slot slot = entry(SlotState::kActive);
  slot.promise(kB.name, kB.uid);
  EXPECT_DEATH(slot.promise(kC.name, kC.uid), "a slot is promised to one object");
  Slot other = entry(SlotState::kActive, "2");
  other.promise(kC.name, kC.uid);
  EXPECT_DEATH(slot.take_promise_of(other), "a slot is promised to one object");
}

TEST(NewSlots, ReserveComesBeforeTheUpload) {
  const Slot slot = Slot::reserve("1", kB, "sha256:chain", false, kNow);
  EXPECT_EQ(slot.state, SlotState::kReserved);
  EXPECT_EQ(slot.owner_uid, kB.uid);
  EXPECT_TRUE(slot.retain) << "the policy of its owner";
  EXPECT_TRUE(slot.id.empty());
  EXPECT_FALSE(slot.promised());
  EXPECT_TRUE(slot.open());
  EXPECT_FALSE(slot.held());
}

TEST(NewSlots, AReservationThatKeepsItsPlaceIsPromisedToItsOwnOwner) {
  const Slot slot = Slot::reserve("1", kA, "sha256:chain", true, kNow);
  EXPECT_EQ(slot.reserved_for, kA.name);
  EXPECT_EQ(slot.reserved_for_uid, kA.uid);
}

TEST(NewSlots, WhatIsAdoptedOrRecoveredIsHeldAtOnce) {
  const Slot adopted = Slot::adopt("1", kA, "sha256:chain", "id", kNow);
  EXPECT_TRUE(adopted.held());
  EXPECT_TRUE(adopted.adopted);
  EXPECT_FALSE(adopted.recorded_only);

  const Slot proven = Slot::recover("1", kA, "sha256:chain", "id", true, kNow);
  EXPECT_TRUE(proven.held());
  EXPECT_FALSE(proven.adopted);
  EXPECT_FALSE(proven.recorded_only);
  EXPECT_TRUE(Slot::recover("1", kA, "sha256:chain", "id", false, kNow).recorded_only) << "only a status says it";
}

TEST(NewSlots, LostIsNobodysAndHasNothing) {
  const Slot lost = Slot::lost("1", kNow);
  EXPECT_EQ(lost.state, SlotState::kLost);
  EXPECT_TRUE(lost.owner_uid.empty());
  EXPECT_FALSE(lost.held());
  EXPECT_FALSE(lost.open());
}

TEST(Promises, ThePlaceOfAnUploadIsNoLongerKeptOnceItHasItsCertificate) {
  Slot own = Slot::reserve("1", kA, "sha256:chain", true, kBefore);
  own.uploaded("id", kNow);
  EXPECT_FALSE(own.promised());

  Slot lenders = Slot::reserve("1", kA, "sha256:chain", false, kBefore);
  lenders.promise(kB.name, kB.uid);
  lenders.presume("id", kNow);
  EXPECT_EQ(lenders.reserved_for_uid, kB.uid) << "what is owed to another object stays owed";
}

TEST(Promises, AnHeirThatThePlaceWasPromisedToHasIt) {
  Slot handed = entry(SlotState::kActive);
  handed.promise(kB.name, kB.uid);
  handed.hand_over(kB);
  EXPECT_FALSE(handed.promised());

  Slot taken = entry(SlotState::kRetained);
  taken.promise(kB.name, kB.uid);
  taken.take_back(kB, kNow);
  EXPECT_FALSE(taken.promised());

  Slot others = entry(SlotState::kActive);
  others.promise(kC.name, kC.uid);
  others.hand_over(kB);
  EXPECT_EQ(others.reserved_for_uid, kC.uid);
}

TEST(Promises, OneIsPassedOn) {
  Slot from = entry(SlotState::kActive, "1");
  from.promise(kB.name, kB.uid);
  Slot to = entry(SlotState::kActive, "2");
  to.take_promise_of(from);
  EXPECT_FALSE(from.promised());
  EXPECT_EQ(to.reserved_for, kB.name);
  EXPECT_EQ(to.reserved_for_uid, kB.uid);
}

TEST(Vouching, ARecordedEntryBecomesTheOperators) {
  Slot slot = Slot::recover("1", kA, "sha256:chain", "id", false, kBefore);
  slot.vouch();
  EXPECT_FALSE(slot.recorded_only);
  EXPECT_EQ(slot.since, kBefore) << "nothing happened to the certificate";
}

TEST(FindingEntries, AnEmptyIdIsNobodys) {
  const Ledger ledger{entry(SlotState::kReserved, "1"), entry(SlotState::kActive, "2")};
  EXPECT_EQ(find_attempt(ledger, "2"), &ledger[1]);
  EXPECT_EQ(find_attempt(ledger, "3"), nullptr);
  EXPECT_EQ(find_id(ledger, "id-2"), &ledger[1]);
  EXPECT_EQ(find_id(ledger, ""), nullptr);
}

TEST(Deleting, TheDecisionConcernsOneEntry) {
  const Ledger ledger{entry(SlotState::kActive, "1"), entry(SlotState::kActive, "2")};
  const Ledger decided = with_delete_begun(ledger, "2", kNow);
  ASSERT_EQ(decided.size(), 2U);
  EXPECT_EQ(decided[0], ledger[0]);
  EXPECT_EQ(decided[1].state, SlotState::kDeleting);
  EXPECT_EQ(decided[1].since, kNow);
}

TEST(DeletingDeathTest, AnAttemptThatIsNotThereCannotBeDecided) {
  EXPECT_DEATH(with_delete_begun({}, "1", kNow), "the attempt has an entry");
  EXPECT_DEATH(with_room_made({}, "1", kA, "1", kNow), "the attempt has an entry");
  EXPECT_DEATH(with_slot_freed({}, "1", kNow), "the attempt has an entry");
}

TEST(MakingRoom, ARotationThatDeletesItsOwnCertificateGetsThatSlot) {
  const Ledger ledger = with_room_made({entry(SlotState::kActive, "1")}, "1", kA, "1", kNow);
  EXPECT_EQ(ledger[0].state, SlotState::kDeleting);
  EXPECT_EQ(ledger[0].reserved_for_uid, kA.uid);
}

TEST(MakingRoom, ALenderIsPromisedTheOldSlotOfTheBorrower) {
  const Ledger ledger = with_room_made(
      {entry_of(kA, SlotState::kActive, "old"), entry_of(kB, SlotState::kActive, "lent")}, "lent", kA, "old", kNow);
  EXPECT_EQ(ledger[1].state, SlotState::kDeleting);
  EXPECT_EQ(ledger[1].reserved_for_uid, kA.uid) << "the slot is for the rotation";
  EXPECT_EQ(ledger[0].state, SlotState::kActive);
  EXPECT_EQ(ledger[0].reserved_for_uid, kB.uid) << "and the old one for the lender";
  EXPECT_EQ(ledger[0].reserved_for, kB.name);
}

TEST(MakingRoom, EarlierPromisesOfBothEntriesAreReplaced) {
  Slot old = entry_of(kA, SlotState::kActive, "old");
  old.promise(kC.name, kC.uid);
  Slot lent = entry_of(kB, SlotState::kActive, "lent");
  lent.promise(kC.name, kC.uid);
  const Ledger ledger = with_room_made({old, lent}, "lent", kA, "old", kNow);
  EXPECT_EQ(ledger[0].reserved_for_uid, kB.uid);
  EXPECT_EQ(ledger[1].reserved_for_uid, kA.uid);
}

TEST(MakingRoomDeathTest, OnlyWhatIsHeldMakesRoom) {
  for (const SlotState state : {SlotState::kReserved, SlotState::kInDoubt, SlotState::kDeleting, SlotState::kRetained,
                                SlotState::kEarmarked, SlotState::kLost, SlotState::kOther}) {
    EXPECT_DEATH(with_room_made({entry(state)}, "1", kA, "1", kNow), "only a held entry is deleted")
        << to_string(state);
  }
}

TEST(FreeingASlot, TheEntryGoesIfNobodyWaitsForIt) {
  const Ledger ledger = with_slot_freed({entry(SlotState::kDeleting, "1"), entry(SlotState::kActive, "2")}, "1", kNow);
  EXPECT_EQ(ledger, Ledger{entry(SlotState::kActive, "2")});
}

TEST(FreeingASlot, APromisedSlotIsKeptForWhomItWasPromisedTo) {
  Slot slot = entry(SlotState::kDeleting, "1");
  slot.promise(kB.name, kB.uid);
  const Ledger ledger = with_slot_freed({slot}, "1", kNow);
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(ledger[0].attempt, "1");
  EXPECT_EQ(ledger[0].state, SlotState::kEarmarked);
  EXPECT_EQ(ledger[0].owner, kB.name);
  EXPECT_EQ(ledger[0].owner_uid, kB.uid);
  EXPECT_TRUE(ledger[0].id.empty());
  EXPECT_TRUE(ledger[0].fingerprint.empty());
  EXPECT_FALSE(ledger[0].promised());
  EXPECT_EQ(ledger[0].since, kNow);
}

TEST(FreeingASlot, ALenderGetsTheFirstSlotOfTheBorrowerThatBecomesFree) {
  Slot owing = entry_of(kA, SlotState::kActive, "2");
  owing.promise(kB.name, kB.uid);
  const Ledger ledger = with_slot_freed({entry_of(kA, SlotState::kDeleting, "1"), owing}, "1", kNow);
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(ledger[0].state, SlotState::kEarmarked);
  EXPECT_EQ(ledger[0].owner_uid, kB.uid);
  EXPECT_FALSE(ledger[1].promised()) << "the debt is paid once";
  EXPECT_EQ(ledger[1].state, SlotState::kActive);
}

TEST(FreeingASlot, OnlyWhatIsHeldByTheSameOwnerPassesItsPromiseOn) {
  Slot others = entry_of(kC, SlotState::kActive, "2");
  others.promise(kB.name, kB.uid);
  Slot sending = entry_of(kA, SlotState::kReserved, "3");
  sending.promise(kA.name, kA.uid);
  Slot removed = entry_of(kA, SlotState::kDeleting, "4");
  removed.promise(kB.name, kB.uid);
  const Ledger ledger = with_slot_freed({entry_of(kA, SlotState::kDeleting, "1"), others, sending, removed}, "1", kNow);
  EXPECT_EQ(ledger, (Ledger{others, sending, removed}));
}

TEST(FreeingASlotDeathTest, OnlyADecidedDeleteFreesASlot) {
  for (const SlotState state : kStates) {
    if (state == SlotState::kDeleting) continue;
    EXPECT_DEATH(with_slot_freed({entry(state)}, "1", kNow), "only a Deleting entry is freed") << to_string(state);
  }
}

TEST(LendingASlot, GoesRoundUntilBothHaveTheirPlace) {
  // kA rotates from "old" and borrows the slot of kB.
  Ledger ledger = with_room_made({entry_of(kA, SlotState::kActive, "old"), entry_of(kB, SlotState::kActive, "lent")},
                                 "lent", kA, "old", kBefore);
  ledger = with_slot_freed(std::move(ledger), "lent", kBefore);
  ASSERT_EQ(ledger[1].state, SlotState::kEarmarked);
  ASSERT_EQ(ledger[1].owner_uid, kA.uid);
  // The upload takes that place.
  ledger[1] = Slot::reserve("new", kA, "sha256:renewed", true, kBefore);
  ledger[1].uploaded("id-new", kBefore);
  // The old certificate goes, and its slot to the lender.
  ledger = with_delete_begun(std::move(ledger), "old", kNow);
  ledger = with_slot_freed(std::move(ledger), "old", kNow);
  EXPECT_EQ(ledger[0].state, SlotState::kEarmarked);
  EXPECT_EQ(ledger[0].owner_uid, kB.uid);
  EXPECT_TRUE(ledger[1].held());
  EXPECT_FALSE(ledger[1].promised());
}

}  // namespace
}  // namespace resources
