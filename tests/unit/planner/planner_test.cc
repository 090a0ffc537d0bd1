#include <gtest/gtest.h>

#include "world.h"

namespace planner {
namespace {

template <class A>
const A& expect(const Plan& plan) {
  const A* action = std::get_if<A>(&plan.action);
  if (action == nullptr)
    throw std::runtime_error("another action: " + (acts(plan.action) ? key_of(plan.action) : "none"));
  return *action;
}

// Adding.

TEST(Planner, ReadsTheSecretsItDoesNotKnowBeforeAnythingIsDecided) {
  World w;
  w.object("a", "A").secret.current = false;
  w.object("b", "B").secret.current = false;
  EXPECT_EQ(expect<ReadSecrets>(w.next()).uids, (std::vector<Uid>{"uid-a", "uid-b"}));
}

TEST(Planner, SetsBothFinalizersBeforeItReserves) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.finalizers.clear();
  w.instance.meta.finalizers.clear();
  EXPECT_TRUE(expect<SetInstanceFinalizer>(w.next()).present);
  w.instance.meta.finalizers = {std::string(kInstanceFinalizer)};
  EXPECT_EQ(expect<SetCertificateFinalizer>(w.next()).uid, "uid-a");
}

TEST(Planner, ReservesForAllThatFitInOneWriteOldestFirst) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.object("c", "C");
  const WriteLedger write = expect<WriteLedger>(w.next());
  ASSERT_EQ(write.ledger.size(), 2U);
  EXPECT_EQ(write.ledger[0].owner.name, "a");
  EXPECT_EQ(write.ledger[1].owner.name, "b");
  EXPECT_EQ(write.ledger[0].state, SlotState::kReserved);
  EXPECT_EQ(write.reserved, (std::vector<Attempt>{"fresh0", "fresh1"}));
}

TEST(Planner, LooksAtThePlatformFirstAndAgainBeforeAnAddIfTheLastLookIsOld) {
  World w;
  w.object("a", "A");
  w.o.inventory.reset();
  w.o.inventory_tried.reset();
  EXPECT_NO_THROW(expect<TakeInventory>(w.next()));
  w.listed();
  w.o.boot_now += kInventoryMaxAge + std::chrono::seconds(1);
  EXPECT_NO_THROW(expect<TakeInventory>(w.next()));
}

TEST(Planner, SendsOnlyWhatThisProcessMaySend) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kReserved, "a", "A");
  w.o.rights["1"] = w.o.boot_now + std::chrono::seconds(5);
  EXPECT_EQ(expect<Upload>(w.next()).attempt, "1");
}

TEST(Planner, FreesAReservationWhoseTimeToSendRanOut) {
  World w;
  w.edit(w.object("a", "A").object->meta.name.name).suspend = true;  // so that nothing is reserved anew
  w.slot("1", SlotState::kReserved, "a", "A");
  w.o.rights["1"] = w.o.boot_now;
  EXPECT_TRUE(expect<WriteLedger>(w.next()).ledger.empty());
}

TEST(Planner, WritesDownWhatBecameOfAnAdd) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kReserved, "a", "A");
  w.o.outcomes["1"] = {AddOutcome::Kind::kAdded, "id-A"};
  const WriteLedger added = expect<WriteLedger>(w.next());
  EXPECT_EQ(added.ledger.at(0).state, SlotState::kActive);
  EXPECT_EQ(added.ledger.at(0).id, "id-A");
  w.o.outcomes["1"] = {AddOutcome::Kind::kNotAdded, ""};
  EXPECT_TRUE(expect<WriteLedger>(w.next()).ledger.empty());
  w.o.outcomes["1"] = {AddOutcome::Kind::kUnknown, ""};
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).state, SlotState::kInDoubt);
}

TEST(Planner, AnObjectWithItsCertificateOnThePlatformIsReadyAndNothingIsLeftToDo) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  const ServerCertificateStatus& s = w.status(p, "a");
  EXPECT_EQ(s.server_certificate_id, "id-A");
  EXPECT_EQ(s.expiry_date, "2027-01-01T00:00:00Z") << "what the platform says";
  EXPECT_TRUE(find(s.conditions, kReady)->status);
  EXPECT_TRUE(find(s.conditions, kAvailable)->status);
  EXPECT_FALSE(has(s.conditions, kReconciling));
  EXPECT_FALSE(has(s.conditions, kStalled));
  EXPECT_EQ(p.instance->used, 1);
  EXPECT_TRUE(find(p.instance->conditions, kReady)->status);
}

TEST(Planner, APlanOnItsOwnStatusesIsEmptyAndChangesNothing) {
  World w;
  w.object("a", "A");
  w.object("b", "A");
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  const Plan first = w.next();
  w.instance.status = *first.instance;
  for (std::size_t i = 0; i < 2; ++i) {
    auto copy = std::make_shared<ServerCertificate>(*w.o.certificates[i].object);
    copy->status = first.certificates[i];
    w.o.certificates[i].object = copy;
  }
  w.o.now += std::chrono::minutes(1);
  w.o.boot_now += std::chrono::minutes(1);
  const Plan second = w.next();
  ASSERT_TRUE(second.at_rest());
  EXPECT_EQ(second.certificates, first.certificates);
  EXPECT_EQ(*second.instance, *first.instance);
}

// Quota.

TEST(Planner, WhoGetsNoSlotIsToldWhoHasThem) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.object("c", "C");
  w.slot("1", SlotState::kActive, "a", "A");
  w.slot("2", SlotState::kActive, "b", "B");
  w.listed({"A", "B"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  const ServerCertificateStatus& s = w.status(p, "c");
  EXPECT_EQ(reason(s), "QuotaExceeded");
  EXPECT_TRUE(has(s.conditions, kStalled));
  EXPECT_NE(message(s).find("prod/a, prod/b"), std::string::npos) << message(s);
  EXPECT_EQ(s.pending_fingerprint, "C");
}

TEST(Planner, ForeignCertificatesTakeSlotsAndAreNamed) {
  World w;
  w.object("a", "A");
  w.listed({"X", "Y"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "QuotaExceeded");
  EXPECT_NE(message(w.status(p, "a")).find("id-X (not managed by the operator)"), std::string::npos);
  EXPECT_EQ(p.instance->foreign_count, 2);
}

TEST(Planner, AfterARestoreWhatTheLedgerHasIsNotListedAsForeignBeforeTheNextList) {
  World w;
  w.object("a", "A");
  w.slot("attempt", SlotState::kActive, "a", "A");
  w.o.inventory.reset();
  w.o.tombstones["id-gone"] = w.o.boot_now;
  w.instance.status.foreign = {{"id-A", "", ""}, {"id-gone", "", ""}, {"id-X", "", ""}};
  w.instance.status.foreign_count = 3;
  const Plan p = w.next();
  ASSERT_TRUE(p.instance);
  EXPECT_EQ(p.instance->foreign.size(), 1U);
  EXPECT_EQ(p.instance->foreign_count, 1);
}

TEST(Planner, TheProjectThatWasLookedUpIsKeptWhileThereAreNoCredentials) {
  World w;
  w.o.project_id = "p1";
  EXPECT_EQ(w.next().instance->project_id, "p1");
  w.instance.status.project_id = "p1";
  w.o.project_id.clear();
  w.o.credentials_problem = Problem{Reason::kCredentialsInvalid, "bad"};
  EXPECT_EQ(w.next().instance->project_id, "p1");
}

TEST(Planner, FormerCredentialsInUseAreAWarningThatStopsNothing) {
  World w;
  w.object("a", "A");
  w.o.credentials = "CCE pod identity, until 2026-06-01T06:00:00Z";
  w.o.credentials_warning = Problem{Reason::kCredentialsRejected, "rejected; the former credentials stay in use"};
  w.o.credentials_retry = w.o.boot_now + std::chrono::minutes(2);
  EXPECT_TRUE(std::holds_alternative<WriteLedger>(w.next().action)) << "a slot is reserved all the same";
  w.o.certificates.clear();
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(find(p.instance->conditions, kReady)->reason, "CredentialsRejected");
  EXPECT_EQ(p.next_visit, w.o.credentials_retry);
  w.o.credentials_warning.reset();
  EXPECT_NE(find(w.next().instance->conditions, kReady)->message.find("CCE pod identity, until"), std::string::npos);
}

TEST(Planner, BreakBeforeMakeUsesAFreeSlotIfTheOldOneCannotBeDeleted) {
  World w;
  w.object("a", "new");
  w.edit("a").rotation = Rotation::kBreakBeforeMake;
  w.slot("attempt", SlotState::kActive, "a", "old");
  w.listed({"old"});
  w.o.delete_troubles["attempt"] = {"a domain configuration serves it", w.o.boot_now + std::chrono::minutes(2), 1};
  EXPECT_TRUE(w.next().at_rest()) << "a deletion that failed once is repeated first";
  w.o.delete_troubles["attempt"].failures = 2;
  const Plan p = w.next();
  const auto* reserve = std::get_if<WriteLedger>(&p.action);
  ASSERT_NE(reserve, nullptr);
  EXPECT_EQ(reserve->reserved.size(), 1U);
}

TEST(Planner, WhileASlotMayComeFreeByItselfTheWaitingOneReconcilesAndDoesNotStall) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.object("c", "C");
  w.slot("1", SlotState::kActive, "a", "A");
  w.slot("2", SlotState::kInDoubt, "b", "B");
  w.o.doubts["2"] = {w.o.boot_now, 0};
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "c")), "QuotaExceeded");
  EXPECT_TRUE(has(w.status(p, "c").conditions, kReconciling));
}

TEST(Planner, ADeleteComesBeforeAnAddThatNeedsItsSlot) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.object("c", "C");
  w.edit("a").meta.deleting = true;
  w.slot("1", SlotState::kDeleting, "a", "A");
  w.slot("2", SlotState::kActive, "b", "B");
  w.listed({"A", "B"});
  EXPECT_EQ(expect<Delete>(w.next()).attempt, "1");
}

TEST(Planner, AnUnknownStateCountsAsTakenAndIsLeftAlone) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.slot("1", SlotState::kOther, "z", "Z").state_text = "Quarantined";
  const WriteLedger write = expect<WriteLedger>(w.next());
  ASSERT_EQ(write.ledger.size(), 2U) << "one of two slots was left";
  EXPECT_EQ(write.ledger[0].state_text, "Quarantined");
}

// Doubt has a clock.

struct DoubtTest : ::testing::Test {
  DoubtTest() {
    w.object("a", "A");
    w.slot("1", SlotState::kReserved, "a", "A");
    w.o.doubts["1"] = {w.o.boot_now, 0};
    first_seen = w.o.boot_now;
  }
  void later(base::Duration d) {
    w.o.boot_now += d;
    w.o.now += d;
  }
  World w;
  base::BootTime first_seen;
};

TEST_F(DoubtTest, AReservationOfAnotherProcessIsNeverSent) {
  const Plan p = w.next();
  EXPECT_FALSE(std::holds_alternative<Upload>(p.action));
}

TEST_F(DoubtTest, IsSettledByTheListWhenItShowsTheChain) {
  w.listed({"A"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(write.ledger.at(0).state, SlotState::kPresumed);
  EXPECT_EQ(write.ledger.at(0).id, "id-A");
}

TEST_F(DoubtTest, IsNotSettledByACertificateThatIsInAnotherSlot) {
  w.object("b", "A");
  w.slot("2", SlotState::kActive, "b", "A");
  w.listed({"A"});
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(w.next().action));
}

TEST_F(DoubtTest, IsNotSettledByACertificateThatWasJustDeleted) {
  w.listed({"A"});
  w.o.tombstones["id-A"] = w.o.boot_now;
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(w.next().action));
}

TEST_F(DoubtTest, KeepsTheSlotUntilTheWindowHasPassedHoweverOftenTheListMissesIt) {
  later(w.o.timing.doubt_window() - std::chrono::seconds(1));
  w.listed();
  w.o.doubts["1"].misses = 50;
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(w.next().action));
}

TEST_F(DoubtTest, IsNotFreedByAListThatBeganBeforeTheWindowHadPassed) {
  later(w.o.timing.doubt_window() - std::chrono::seconds(1));
  w.listed();
  w.o.doubts["1"].misses = 2;
  later(std::chrono::seconds(2));
  EXPECT_NO_THROW(expect<TakeInventory>(w.next())) << "one that begins now decides";
}

TEST_F(DoubtTest, IsNotFreedByASingleMiss) {
  later(w.o.timing.doubt_window() + std::chrono::seconds(1));
  w.listed();
  w.o.doubts["1"].misses = 1;
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(w.next().action));
}

TEST_F(DoubtTest, IsFreedByTwoMissesTheLastAfterTheWindow) {
  later(w.o.timing.doubt_window() + std::chrono::seconds(1));
  w.listed();
  w.o.doubts["1"].misses = 2;
  EXPECT_TRUE(expect<WriteLedger>(w.next()).ledger.empty());
}

TEST_F(DoubtTest, IsNotFreedWhileTheListShowsOneThatCannotBeRead) {
  later(w.o.timing.doubt_window() + std::chrono::seconds(1));
  w.listed({"B"});
  w.o.inventory->certificates.back().fingerprint = {};
  w.o.inventory->certificates.back().effective_date.clear();
  w.o.doubts["1"].misses = 2;
  EXPECT_FALSE(std::holds_alternative<WriteLedger>(w.next().action));
}

TEST_F(DoubtTest, WithoutPermissionToListStaysAndSaysWhatIsMissing) {
  w.o.inventory.reset();
  w.o.inventory_denied = true;
  later(std::chrono::hours(10));
  w.o.inventory_tried = w.o.boot_now;
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "UploadInDoubt");
  EXPECT_TRUE(has(w.status(p, "a").conditions, kStalled));
}

TEST_F(DoubtTest, TheSameChainIsNotAddedBesideIt) {
  w.object("b", "A");
  w.listed();
  w.o.doubts["1"].first_seen = w.o.boot_now;
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "b")), "DuplicateCertificate");
}

TEST_F(DoubtTest, IsWatchedQuicklyAtFirstAndWakesUpInTime) {
  w.listed();
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  ASSERT_TRUE(p.next_visit);
  EXPECT_LE(*p.next_visit - w.o.boot_now, std::chrono::seconds(1));
}

TEST_F(DoubtTest, WhatIsPresumedTurnsActiveAfterTheWindowAndIsUsedBefore) {
  w.instance.status.slots->front().state = SlotState::kPresumed;
  w.instance.status.slots->front().id = "id-A";
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "Succeeded");
  later(w.o.timing.doubt_window());
  w.listed({"A"});
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).state, SlotState::kActive);
}

TEST_F(DoubtTest, WhatIsPresumedIsNotDeletedForAnObjectThatDoesNotAdopt) {
  w.instance.status.slots->front().state = SlotState::kPresumed;
  w.instance.status.slots->front().id = "id-A";
  w.edit("a").meta.deleting = true;
  w.edit("a").adopt = false;
  w.listed({"A"});
  EXPECT_FALSE(std::holds_alternative<BeginDelete>(w.next().action));
  w.edit("a").adopt = true;
  EXPECT_NO_THROW(expect<BeginDelete>(w.next()));
}

// What is there already.

TEST(Planner, TakesOverACertificateWithTheSameChain) {
  World w;
  w.object("a", "A");
  w.listed({"A"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_TRUE(write.reserved.empty()) << "nothing is sent";
  EXPECT_EQ(write.ledger.at(0).state, SlotState::kActive);
  EXPECT_EQ(write.ledger.at(0).id, "id-A");
  EXPECT_TRUE(write.ledger.at(0).adopted);
}

TEST(Planner, DoesNotAddASecondOneWhereItMayNotTakeTheFirstOver) {
  World w;
  w.object("a", "A");
  w.edit("a").adopt = false;
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "DuplicateCertificate");
}

TEST(Planner, ASecondObjectOfTheSameChainWaitsAndInheritsWhenTheFirstGoes) {
  World w;
  w.object("a", "A");
  w.object("b", "A");
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "b")), "DuplicateCertificate");
  w.edit("a").meta.deleting = true;
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(write.ledger.at(0).owner_uid, "uid-b");
  EXPECT_EQ(write.ledger.at(0).id, "id-A") << "the certificate stays as it is";
}

TEST(Planner, SwappedSecretsSwapTheSlotsWithoutACall) {
  World w;
  w.object("a", "B");
  w.object("b", "A");
  w.slot("1", SlotState::kActive, "a", "A");
  w.slot("2", SlotState::kActive, "b", "B");
  w.listed({"A", "B"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(find_attempt(write.ledger, "1")->owner_uid, "uid-b");
  EXPECT_EQ(find_attempt(write.ledger, "2")->owner_uid, "uid-a");
}

TEST(Planner, TheSameObjectMadeAnewTakesItsSlotOver) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.uid = "uid-new";
  w.slot("1", SlotState::kActive, "a", "A");
  w.o.gone_since["uid-a"] = w.o.boot_now;
  w.listed({"A"});
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).owner_uid, "uid-new");
}

TEST(Planner, WhatWasRetainedIsTakenUpAgain) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kRetained, "old", "A");
  w.listed({"A"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(write.ledger.at(0).state, SlotState::kActive);
  EXPECT_EQ(write.ledger.at(0).owner_uid, "uid-a");
}

TEST(Planner, ARetainedEntryGoesWithItsCertificate) {
  World w;
  w.slot("1", SlotState::kRetained, "old", "A");
  w.listed();
  w.o.doubts["1"] = {w.o.boot_now - w.o.timing.settling + std::chrono::seconds(1), 1};
  EXPECT_TRUE(w.next().at_rest()) << "the list may lag";
  w.o.doubts["1"] = {w.o.boot_now - w.o.timing.settling, 1};
  EXPECT_TRUE(expect<WriteLedger>(w.next()).ledger.empty());
}

TEST(Planner, ARefusedDeleteCanStillBeGivenUpByPolicy) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.deleting = true;
  w.edit("a").retain = true;
  w.slot("1", SlotState::kDeleting, "a", "A");
  w.listed({"A"});
  EXPECT_EQ(expect<Delete>(w.next()).attempt, "1") << "it may have been sent";
  w.o.delete_troubles["1"] = {"refused", w.o.boot_now + std::chrono::minutes(1), 1};
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).state, SlotState::kRetained);
}

TEST(Planner, AnAddRestsOnAListThatCameBackNotOnOneThatFailed) {
  World w;
  w.object("a", "A");
  w.o.inventory.reset();
  EXPECT_NO_THROW(expect<TakeInventory>(w.next()));
}

TEST(Planner, WhenThePlatformSaysItIsFullTheObjectSaysWhoHasTheSlots) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.rejection = Rejection{
      1, view.secret.versions, {"", "QuotaExceeded", "full", 400, "", ""}, 1, w.o.now + std::chrono::minutes(1)};
  w.listed({"X", "Y"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_NE(message(w.status(p, "a")).find("id-X"), std::string::npos);
}

// Bad Secrets.

TEST(Planner, ABadSecretMakesNoCallAndLeavesTheOldCertificateAlone) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.secret.facts.reset();
  view.secret.problem = Problem{resources::Reason::kInvalidCertificate, "Secret prod/a-tls, key tls.crt: no PEM"};
  w.slot("1", SlotState::kActive, "a", "OLD");
  w.listed({"OLD"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  const ServerCertificateStatus& s = w.status(p, "a");
  EXPECT_EQ(reason(s), "InvalidCertificate");
  EXPECT_TRUE(has(s.conditions, kStalled));
  EXPECT_TRUE(find(s.conditions, kAvailable)->status) << "devices keep what they have";
  EXPECT_EQ(s.server_certificate_id, "id-OLD");
}

TEST(Planner, AMissingSecretIsNotAnErrorThatStalls) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.secret.facts.reset();
  view.secret.problem = Problem{resources::Reason::kSecretNotFound, "…"};
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_TRUE(has(w.status(p, "a").conditions, kReconciling));
}

TEST(Planner, ACertificateOfTheFutureIsAddedWhenItsTimeComes) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.secret.facts->not_before = w.o.now + std::chrono::minutes(5);
  Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "CertificateNotYetValid");
  ASSERT_TRUE(p.next_visit);
  EXPECT_EQ(*p.next_visit - w.o.boot_now, std::chrono::minutes(5));
  w.o.now += std::chrono::minutes(5);
  EXPECT_NO_THROW(expect<WriteLedger>(w.next()));
}

TEST(Planner, ACertificateThatExpiresWhileItIsServedIsNoLongerReadyOrAvailable) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.secret.facts->not_after = w.o.now - std::chrono::seconds(1);
  w.edit("a").status.server_certificate_id = "id-A";
  w.edit("a").status.expiry_date = "2026-05-31T23:59:59Z";
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "CertificateExpired");
  EXPECT_FALSE(find(w.status(p, "a").conditions, kAvailable)->status);
  EXPECT_EQ(w.status(p, "a").server_certificate_id, "id-A") << "it stays";
}

// Renewal.

TEST(Planner, ARenewalAddsIntoAFreeSlotAndThenRemovesTheOldOne) {
  World w;
  w.object("a", "NEW");
  w.slot("1", SlotState::kActive, "a", "OLD");
  w.listed({"OLD"});
  WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(write.reserved.size(), 1U);
  w.slot("2", SlotState::kActive, "a", "NEW");
  w.listed({"OLD", "NEW"});
  EXPECT_EQ(expect<BeginDelete>(w.next()).attempt, "1");
}

TEST(Planner, ARenewalWithoutAFreeSlotWaitsAndKeepsTheOldOne) {
  World w;
  w.object("a", "NEW");
  w.object("b", "B");
  w.slot("1", SlotState::kActive, "a", "OLD");
  w.slot("2", SlotState::kActive, "b", "B");
  w.listed({"OLD", "B"});
  w.edit("a").rotation = Rotation::kMakeBeforeBreak;
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "RotationBlocked");
  EXPECT_TRUE(find(w.status(p, "a").conditions, kAvailable)->status);
}

TEST(Planner, ASecretThatChangesInAHurryDoesNotFillTheSlotsWithItsOldCertificates) {
  World w;
  w.object("a", "C");
  w.slot("1", SlotState::kActive, "a", "A");
  w.slot("2", SlotState::kActive, "a", "B");
  w.listed({"A", "B"});
  EXPECT_EQ(expect<BeginDelete>(w.next()).attempt, "1") << "the newest stays until C is there";
}

TEST(Planner, AnHeirGetsTheFinalizer) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.finalizers.clear();
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  EXPECT_TRUE(expect<SetCertificateFinalizer>(w.next()).present);
}

TEST(Planner, ARotationComesBeforeANewcomer) {
  World w;
  w.object("newcomer", "N");
  w.object("a", "NEW");
  w.slot("1", SlotState::kActive, "a", "OLD");
  w.listed({"OLD"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  ASSERT_EQ(write.reserved.size(), 1U);
  EXPECT_EQ(find_attempt(write.ledger, write.reserved[0])->owner.name, "a");
}

// Deleting.

TEST(Planner, DeletionRemovesTheCertificateThenTheFinalizer) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.deleting = true;
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  EXPECT_EQ(expect<BeginDelete>(w.next()).attempt, "1");
  w.instance.status.slots->front().state = SlotState::kDeleting;
  EXPECT_EQ(expect<Delete>(w.next()).attempt, "1");
  w.instance.status.slots->clear();
  EXPECT_FALSE(expect<SetCertificateFinalizer>(w.next()).present);
}

TEST(Planner, RetainNeedsNoCallAndLeavesAnEntry) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.deleting = true;
  w.edit("a").retain = true;
  w.slot("1", SlotState::kActive, "a", "A");
  w.o.credentials_problem = Problem{resources::Reason::kCredentialsNotFound, "gone"};
  w.o.inventory.reset();
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).state, SlotState::kRetained);
  w.instance.status.slots->front().state = SlotState::kRetained;
  EXPECT_FALSE(expect<SetCertificateFinalizer>(w.next()).present);
}

TEST(Planner, ADecidedDeleteIsFinalEvenIfTheChainIsWantedAgain) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kDeleting, "a", "A");
  w.listed({"A"});
  EXPECT_EQ(expect<Delete>(w.next()).attempt, "1");
}

TEST(Planner, AVanishedOwnerIsReleasedOnlyAfterTheGracePeriodAndByItsRecordedPolicy) {
  World w;
  w.slot("1", SlotState::kActive, "ghost", "A");
  w.listed({"A"});
  EXPECT_TRUE(w.next().at_rest()) << "nobody saw it go";
  w.o.gone_since["uid-ghost"] = w.o.boot_now - kGoneGrace + std::chrono::seconds(1);
  EXPECT_TRUE(w.next().at_rest());
  w.o.gone_since["uid-ghost"] = w.o.boot_now - kGoneGrace;
  EXPECT_NO_THROW(expect<BeginDelete>(w.next()));
  w.instance.status.slots->front().retain = true;
  EXPECT_EQ(expect<WriteLedger>(w.next()).ledger.at(0).state, SlotState::kRetained);
}

TEST(Planner, ASuspendedDeletionWaits) {
  World w;
  w.object("a", "A");
  w.edit("a").meta.deleting = true;
  w.edit("a").suspend = true;
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "Suspended");
}

TEST(Planner, ADecidedDeleteWaitsWhileItsObjectIsSuspended) {
  World w;
  w.object("a", "A");
  w.slot("1", SlotState::kDeleting, "a", "A");
  w.edit("a").meta.deleting = true;
  w.edit("a").suspend = true;
  EXPECT_TRUE(w.next().at_rest());
  w.edit("a").suspend = false;
  EXPECT_TRUE(std::holds_alternative<Delete>(w.next().action));
}

TEST(Planner, AnInstanceWaitsForItsSlotsAndTakesNoNewHolders) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  w.instance.meta.deleting = true;
  Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "b")), "InstanceNotReady");
  EXPECT_EQ(find(p.instance->conditions, kReady)->reason, "Deleting");
  w.instance.status.slots->front().state = SlotState::kRetained;
  w.o.certificates.clear();
  EXPECT_FALSE(expect<SetInstanceFinalizer>(w.next()).present);
}

// Trouble of the instance.

TEST(Planner, TroubleOfTheInstanceChangesOnlyObjectsWithWorkToDo) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.slot("1", SlotState::kActive, "a", "A");
  w.listed({"A"});
  w.o.gate = Gate{resources::Reason::kCredentialsRejected,
                  {"", "CredentialsRejected", "401", 401, "", ""},
                  w.o.boot_now + std::chrono::minutes(1),
                  w.o.now + std::chrono::minutes(1),
                  1};
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "Succeeded");
  EXPECT_EQ(reason(w.status(p, "b")), "InstanceNotReady");
  EXPECT_EQ(find(p.instance->conditions, kReady)->reason, "CredentialsRejected");
  EXPECT_TRUE(has(p.instance->conditions, kStalled));
  EXPECT_EQ(*p.next_visit - w.o.boot_now, std::chrono::minutes(1));
}

TEST(Planner, AfterTroubleItLooksBeforeItAdds) {
  World w;
  w.object("a", "A");
  w.o.boot_now += std::chrono::seconds(2);
  w.o.gate = Gate{resources::Reason::kPlatformUnavailable, {}, w.o.boot_now, w.o.now, 1};
  EXPECT_NO_THROW(expect<TakeInventory>(w.next()));
}

TEST(Planner, ADuplicateInstanceMakesNoCalls) {
  World w;
  w.object("a", "A");
  w.o.duplicate_of = "other";
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(find(p.instance->conditions, kReady)->reason, "DuplicateInstance");
}

TEST(Planner, ASuspendedInstanceMakesNoCalls) {
  World w;
  w.object("a", "A");
  w.instance.suspend = true;
  EXPECT_TRUE(w.next().at_rest());
}

TEST(Planner, ARefusedAddIsTriedAgainWhenItsTimeComesOrTheSecretChanges) {
  World w;
  CertificateView& view = w.object("a", "A");
  view.rejection = Rejection{1,
                             view.secret.versions,
                             {"", "UploadRejected", "no", 400, "IOTDA.000006", "r"},
                             1,
                             w.o.now + std::chrono::hours(1)};
  Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "UploadRejected");
  EXPECT_EQ(w.status(p, "a").last_error->error_code, "IOTDA.000006");
  EXPECT_LE(*p.next_visit - w.o.boot_now, std::chrono::hours(1));
  w.view("a").secret.versions[0].resource_version = "2";
  EXPECT_NO_THROW(expect<WriteLedger>(w.next()));
  w.view("a").secret.versions[0].resource_version = "1";
  w.o.now += std::chrono::hours(1);
  EXPECT_NO_THROW(expect<WriteLedger>(w.next()));
}

TEST(Planner, WithoutAnInstanceObjectsSayWhichOneIsMissingAndMayGo) {
  World w;
  w.object("a", "A");
  Plan p = plan(w.o);
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(reason(w.status(p, "a")), "InstanceNotFound");
  w.edit("a").meta.deleting = true;
  EXPECT_FALSE(expect<SetCertificateFinalizer>(plan(w.o)).present);
}

TEST(Planner, ALostLedgerIsRebuiltByChainWhateverTheAdoptionPolicy) {
  World w;
  w.object("a", "A");
  w.edit("a").adopt = false;
  w.edit("a").status.server_certificate_id = "id-A";
  w.instance.status.slots.reset();
  w.o.ledger_lost_since = w.o.boot_now - w.o.timing.doubt_window();
  w.listed({"A"});
  const WriteLedger write = expect<WriteLedger>(w.next());
  EXPECT_EQ(write.ledger.at(0).id, "id-A");
  EXPECT_FALSE(write.ledger.at(0).adopted);
}

TEST(Planner, ALostLedgerThatNoListCanRebuildIsSettledByAPersonWhoIsAskedAboutThisLoss) {
  for (const bool recorded : {true, false}) {
    World w;
    w.object("a", "A");
    w.edit("a").status.server_certificate_id = "id-A";
    w.edit("a").status.fingerprint = "A";
    w.instance.status.slots.reset();
    w.o.ledger_lost_since = w.o.boot_now - w.o.timing.doubt_window();
    w.o.inventory.reset();
    w.o.inventory_denied = true;
    w.instance.resolve_upload = "of-an-earlier-loss=absent";
    w.instance.status.slots = expect<WriteLedger>(w.next()).ledger;
    ASSERT_EQ(w.instance.status.slots->at(0).state, SlotState::kLost);
    const Attempt attempt = w.instance.status.slots->at(0).attempt;
    const Plan p = w.next();
    ASSERT_TRUE(p.at_rest());
    EXPECT_EQ(reason(w.status(p, "a")), "LedgerLost");
    EXPECT_NE(message(w.status(p, "a")).find(attempt.str() + "=recorded"), std::string::npos)
        << message(w.status(p, "a"));
    w.instance.resolve_upload = attempt.str() + (recorded ? "=recorded" : "=absent");
    const WriteLedger write = expect<WriteLedger>(w.next());
    EXPECT_TRUE(write.rebuilt);
    EXPECT_EQ(write.ledger.size(), recorded ? 1U : 0U);
    if (recorded) {
      EXPECT_EQ(write.ledger.at(0).id, "id-A");
    }
  }
}

TEST(Planner, ADoubtThatAPersonHasSettledIsOverOnceNoLateAddCanLand) {
  for (const auto& [told, expected] : {std::pair("1=absent", ""), std::pair("1=abc", "abc")}) {
    World w;
    w.object("a", "A");
    w.slot("1", SlotState::kInDoubt, "a", "A");
    w.o.inventory.reset();
    w.o.inventory_denied = true;
    w.instance.resolve_upload = told;
    w.o.doubts["1"] = {w.o.boot_now, 0};
    EXPECT_TRUE(w.next().at_rest()) << told;
    w.o.doubts["1"] = {w.o.boot_now - w.o.timing.doubt_window(), 0};
    const Ledger ledger = expect<WriteLedger>(w.next()).ledger;
    if (*expected == 0) {
      EXPECT_TRUE(ledger.empty());
    } else {
      EXPECT_EQ(ledger.at(0).id.str(), expected);
      EXPECT_EQ(ledger.at(0).state, SlotState::kActive);
    }
  }
}

TEST(Planner, AnIdThatIsAlreadyInTheLedgerSettlesNoDoubt) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.slot("1", SlotState::kInDoubt, "a", "A");
  w.slot("2", SlotState::kActive, "b", "B");
  w.o.inventory_denied = true;
  w.o.inventory.reset();
  w.o.doubts["1"] = {w.o.boot_now - w.o.timing.doubt_window(), 0};
  w.instance.resolve_upload = "1=id-B";
  EXPECT_TRUE(w.next().at_rest());
}

TEST(Planner, AnEntryThatIsLeftOrBeingRemovedCanBeForgottenButNoOther) {
  for (const SlotState state : {SlotState::kRetained, SlotState::kDeleting, SlotState::kActive}) {
    World w;
    w.object("a", "A");
    w.slot("1", state, "a", "A");
    w.listed({"A"});
    w.instance.forget_slot = "1";
    const Plan p = w.next();
    if (state == SlotState::kActive) {
      EXPECT_TRUE(p.at_rest());
    } else {
      EXPECT_TRUE(expect<WriteLedger>(p).ledger.empty());
    }
  }
}

TEST(Planner, AnInstanceThatNamesAnotherTargetThanItsLedgerMakesNoCall) {
  World w;
  w.object("a", "A");
  w.object("b", "B");
  w.slot("1", SlotState::kActive, "a", "OLD");
  w.instance.endpoint = "https://new.example.com";
  w.instance.status.endpoint = "https://old.example.com";
  const Plan p = w.next();
  ASSERT_TRUE(p.at_rest());
  EXPECT_EQ(find(p.instance->conditions, kReady)->reason, "TargetChanged");
  EXPECT_EQ(p.instance->endpoint, "https://old.example.com");
}

}  // namespace
}  // namespace planner
