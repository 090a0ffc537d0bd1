#include <gtest/gtest.h>

#include "base/time_format.h"
#include "world.h"

// Certificates that the platform lists and is slow to show.
namespace planner {
namespace {

struct AwaitedTest : ::testing::Test, World {
  /// Listed with the common name and dates of what the object `a` is to have.
  PlatformCertificate& listed_like_a() {
    const certificate::Facts& facts = *view("a").secret.facts;
    o.awaited = true;
    o.inventory->certificates.push_back({"id-x", "", facts.common_name, base::to_rfc3339(facts.not_before),
                                         base::to_rfc3339(facts.not_after), "", "", true});
    return o.inventory->certificates.back();
  }
};

TEST_F(AwaitedTest, WhatMayBeThereAlreadyIsNotUploadedBeforeThatIsKnown) {
  object("a", "A");
  listed_like_a();
  const Plan plan = next();
  ASSERT_TRUE(plan.at_rest());
  EXPECT_EQ(reason(status(plan, "a")), "Progressing");
  EXPECT_TRUE(has(status(plan, "a").conditions, kReconciling)) << "it solves itself";
  ASSERT_TRUE(plan.next_visit);
  EXPECT_LE(*plan.next_visit - o.boot_now, std::chrono::seconds(10));
}

TEST_F(AwaitedTest, NeitherIsWhatMayBeThereAsFarAsDatesThatCannotBeReadTell) {
  object("a", "A");
  listed_like_a().expiry_date.clear();
  EXPECT_TRUE(next().at_rest());
}

TEST_F(AwaitedTest, WhatHasOtherDatesKeepsNobodyWaiting) {
  object("a", "A");
  listed_like_a().expiry_date = "2030-01-01T00:00:00Z";
  EXPECT_TRUE(std::holds_alternative<WriteLedger>(next().action));
}

TEST_F(AwaitedTest, ADoubtIsNotSettledByWhatOnlyLooksLikeIt) {
  object("a", "A");
  slot("x", SlotState::kInDoubt, "a", "A");
  o.doubts["x"] = {o.boot_now - std::chrono::minutes(1), 0};
  listed_like_a();
  EXPECT_TRUE(next().at_rest());
  o.inventory->certificates.back().awaited = o.awaited = false;
  EXPECT_TRUE(std::holds_alternative<WriteLedger>(next().action)) << "when that is all that can be known";
}

TEST_F(AwaitedTest, ALedgerIsNotRebuiltWithoutIt) {
  object("a", "A");
  listed_like_a();
  instance.status.slots.reset();
  edit("a").status.server_certificate_id = "id-x";
  o.ledger_lost_since = o.boot_now - std::chrono::hours(1);
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(next().action));
  o.inventory->certificates.back().awaited = o.awaited = false;
  EXPECT_TRUE(std::holds_alternative<WriteLedger>(next().action));
}

}  // namespace
}  // namespace planner
