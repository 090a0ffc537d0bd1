#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

// The place of an object among the slots of its instance.
namespace planner {
namespace {

TEST(Place, TheClaimOfALenderOutlivesTheOldCertificateOfTheBorrower) {
  World w;
  w.object("waits", "W");
  w.object("rotates", "R2");
  w.object("lends", "L");
  Slot& old = w.slot("1", SlotState::kActive, "rotates", "R1");
  old.reserved_for = {"prod", "lends"};
  old.reserved_for_uid = "uid-lends";
  w.slot("2", SlotState::kEarmarked, "rotates", "").id = {};
  w.listed();
  w.o.vanished = {"1"};
  const Plan plan = w.next();
  const auto* write = std::get_if<WriteLedger>(&plan.action);
  ASSERT_NE(write, nullptr);
  const Slot* place = find_attempt(write->ledger, "1");
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(place->state, SlotState::kEarmarked);
  EXPECT_EQ(place->owner_uid, "uid-lends");
}

TEST(Place, ADecidedDeleteOfASuspendedObjectDoesNotCountAsComingFree) {
  World w;
  w.object("gone", "G");
  w.object("rotates", "R2");
  w.slot("1", SlotState::kDeleting, "gone", "G");
  w.slot("2", SlotState::kActive, "rotates", "R1");
  w.edit("gone").meta.deleting = true;
  w.edit("gone").suspend = true;
  w.edit("rotates").rotation = Rotation::kMakeBeforeBreak;
  w.listed({"G", "R1"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "rotates")), "RotationBlocked");
}

TEST(Place, WhoIsInTheMiddleOfARotationLendsNothing) {
  World w;
  w.object("rotates", "R2");
  w.object("busy", "B2");
  w.slot("1", SlotState::kActive, "rotates", "R1");
  w.slot("2", SlotState::kActive, "busy", "B1");
  w.slot("3", SlotState::kActive, "busy", "B2");
  w.instance.quota = 3;
  w.listed({"R1", "B1", "B2"});
  for (const Attempt& served : {Attempt("1"), Attempt("2")})
    w.o.delete_troubles[served] = {"served", w.o.boot_now + std::chrono::hours(1), 1};
  const Plan p = w.next();
  EXPECT_TRUE(p.at_rest()) << key_of(p.action);
  EXPECT_EQ(reason(w.status(p, "rotates")), "RotationBlocked");
}

}  // namespace
}  // namespace planner
