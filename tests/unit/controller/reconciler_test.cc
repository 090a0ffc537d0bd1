#include "controller/reconciler.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Code = iotda::Error::Code;

iotda::Error refusal(Code code, int status = 0, std::string error_code = "") {
  return {code, status, std::move(error_code), "refused for the test", "req-1", {}};
}

struct ReconcilerTest : ::testing::Test, Rig {
  int writes() const {
    int n = 0;
    for (const auto& call : api.calls()) n += call.writes() ? 1 : 0;
    return n;
  }
  long secret_reads() const {
    const auto calls = api.calls();
    return std::count_if(calls.begin(), calls.end(), [](const auto& call) { return call.resource == "secrets"; });
  }
  void delete_object(const std::string& name) { api.remove(kServerCertificates, {"prod", name}); }
};

TEST_F(ReconcilerTest, AddsACertificateAndWritesItsIdAndDatesIntoTheStatus) {
  instance();
  const Fingerprint fingerprint = object("a");
  settle();
  const ServerCertificate a = *get("a");
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(a.status.server_certificate_id, "id1");
  EXPECT_EQ(a.status.effective_date, "2026-01-01T00:00:00Z");
  EXPECT_EQ(a.status.expiry_date, "2027-01-01T00:00:00Z");
  EXPECT_EQ(a.status.fingerprint, fingerprint);
  EXPECT_EQ(a.status.observed_generation, a.meta.generation);
  EXPECT_FALSE(a.status.last_upload_time.empty());
  EXPECT_TRUE(a.meta.has_finalizer(kCertificateFinalizer));
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(secret_reads(), 1);
  ASSERT_EQ(ledger().size(), 1U);
  EXPECT_EQ(ledger()[0].state, SlotState::kActive);
  EXPECT_EQ(get_instance().status.used, 1);
  EXPECT_THAT(events.published, Contains("a Uploaded"));
}

TEST_F(ReconcilerTest, TheReservationIsWrittenBeforeTheAddIsSent) {
  instance();
  object("a");
  Ledger at_add;
  platform->before_add = [&] { at_add = ledger(); };
  settle();
  ASSERT_EQ(at_add.size(), 1U);
  EXPECT_EQ(at_add[0].state, SlotState::kReserved);
}

TEST_F(ReconcilerTest, WithNothingChangingNothingIsWrittenReadOrCalled) {
  instance();
  object("a");
  object("b");
  object("c");
  settle();
  api.clear_calls();
  const int lists = platform->lists;
  reconcile();
  EXPECT_TRUE(api.calls().empty());
  EXPECT_EQ(platform->lists, lists);
}

TEST_F(ReconcilerTest, ARestartReadsNoSecretThatDidNotChangeAndWritesNothing) {
  instance();
  object("a");
  object("b");
  object("c");
  secret("bad", "text", "text");
  certificate("bad");
  settle();
  EXPECT_EQ(reason("bad"), "InvalidCertificate");
  restart();
  api.clear_calls();
  settle();
  EXPECT_EQ(secret_reads(), 0);
  EXPECT_EQ(writes(), 0);
  EXPECT_EQ(platform->adds, 2);
}

TEST_F(ReconcilerTest, TheThirdGetsNoSlotAndMovesUpWhenOneIsDeleted) {
  instance();
  object("a");
  object("b");
  const Fingerprint third = object("c");
  settle();
  EXPECT_EQ(reason("c"), "QuotaExceeded");
  EXPECT_THAT(events.published, Contains("c QuotaExceeded"));
  EXPECT_EQ(platform->adds, 2);
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(reason("c"), "Succeeded");
  EXPECT_EQ(platform->alive(third), 1U);
  EXPECT_EQ(platform->most_alive, 2U);
}

TEST_F(ReconcilerTest, AnAnswerThatIsLostAfterTheEffectIsFoundInTheList) {
  instance();
  const Fingerprint fingerprint = object("a");
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kUnknown), true}};
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(get("a")->status.server_certificate_id, "id1");
}

TEST_F(ReconcilerTest, AnAnswerThatIsLostBeforeTheEffectIsAddedAgainOnlyAfterTheWindow) {
  instance();
  const Fingerprint fingerprint = object("a");
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kUnknown), false}};
  const base::BootTime began = clock.boot_now();
  base::BootTime second{};
  platform->before_add = [&] { second = clock.boot_now(); };
  settle();
  EXPECT_EQ(platform->adds, 2);
  EXPECT_GE(second - began, timing.doubt_window());
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, ALateCommitThatTheListShowsLateIsNotAddedTwice) {
  instance();
  const Fingerprint fingerprint = object("a");
  platform->new_ones_are_listed = false;
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kUnknown), true}};
  for (int i = 0; i < 3; ++i) {
    const auto result = reconcile();
    clock.advance(result.again_after.value_or(std::chrono::seconds(1)));
  }
  EXPECT_EQ(platform->adds, 1);
  platform->certificates[0].listed = true;
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, ACrashBetweenTheAddAndItsRecordIsHealedWithoutASecondAdd) {
  instance();
  settle();  // writes the empty ledger
  const Fingerprint fingerprint = object("a");
  // Reserve is the first write of the status, the record of the add the second; from there on nothing gets through.
  int status_writes = 0;
  api.intercept([&](const testing_support::FakeKubeApi::Call& call)
                    -> std::optional<testing_support::FakeKubeApi::Fault> {
    if (call.resource == "iotdainstances" && call.subresource == "status" && ++status_writes >= 2) {
      return testing_support::FakeKubeApi::Fault{testing_support::kube_error(kube::Error::Code::kTransport, 0), false};
    }
    return std::nullopt;
  });
  EXPECT_TRUE(reconcile().failed);
  EXPECT_EQ(platform->adds, 1);
  ASSERT_EQ(ledger().at(0).state, SlotState::kReserved);
  api.intercept({});
  restart();
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(get("a")->status.server_certificate_id, "id1");
}

TEST_F(ReconcilerTest, ALedgerWriteWhoseAnswerIsLostIsNotSentOnThatReservation) {
  instance();
  settle();  // writes the empty ledger
  object("a");
  bool first = true;
  api.intercept([&](const testing_support::FakeKubeApi::Call& call)
                    -> std::optional<testing_support::FakeKubeApi::Fault> {
    if (call.resource == "iotdainstances" && call.subresource == "status" && std::exchange(first, false)) {
      return testing_support::FakeKubeApi::Fault{testing_support::kube_error(kube::Error::Code::kTransport, 0), true};
    }
    return std::nullopt;
  });
  EXPECT_TRUE(reconcile().failed);
  EXPECT_EQ(platform->adds, 0);
  EXPECT_EQ(ledger().size(), 1U);
  const base::BootTime began = clock.boot_now();
  base::BootTime sent{};
  platform->before_add = [&] { sent = clock.boot_now(); };
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_GE(sent - began, timing.doubt_window()) << "the right to send was never ours";
}

TEST_F(ReconcilerTest, WhoLosesTheLeaseAfterReservingDoesNotSend) {
  instance();
  object("a");
  platform->before_add = [&] { leadership.yes = false; };
  reconcile();
  EXPECT_EQ(platform->adds, 0);
  EXPECT_EQ(ledger().at(0).state, SlotState::kReserved) << "and writes nothing any more";
}

TEST_F(ReconcilerTest, WhoFellAsleepAfterReservingDoesNotSend) {
  instance();
  object("a");
  int tries = 0;
  platform->before_add = [&] {
    if (++tries == 1) clock.advance(timing.send_window + std::chrono::seconds(1));
  };
  settle();
  EXPECT_EQ(tries, 2) << "the first came too late";
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(ReconcilerTest, WhoLosesTheLeaseAfterDecidingADeleteDoesNotSend) {
  instance();
  object("a");
  settle();
  platform->before_remove = [&] { leadership.yes = false; };
  delete_object("a");
  reconcile();
  EXPECT_EQ(platform->removes, 0);
  EXPECT_EQ(ledger().at(0).state, SlotState::kDeleting) << "and writes nothing any more";
}

/// Once the slot of the object "a" is reserved, and before anything is sent.
struct AfterReservingTest : ReconcilerTest {
  template <class Act>
  void when_reserved(const Act& act) {
    api.intercept([this, act, done = false](const testing_support::FakeKubeApi::Call& call) mutable
                  -> std::optional<testing_support::FakeKubeApi::Fault> {
      const bool reserves = call.resource == "iotdainstances" && call.body.find(R"("Reserved")") != std::string::npos;
      if (reserves && !std::exchange(done, true)) {
        act();
        pump();
      }
      return std::nullopt;
    });
  }
};

TEST_F(AfterReservingTest, ForAnObjectThatIsSuspendedNothingIsSent) {
  instance();
  object("a");
  when_reserved([&] { api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"suspend":true}})"); });
  settle();
  EXPECT_EQ(platform->adds, 0);
  EXPECT_TRUE(ledger().empty()) << "the slot is free";
}

TEST_F(AfterReservingTest, ForAnObjectThatIsDeletedNothingIsSent) {
  instance();
  object("a");
  when_reserved([&] { delete_object("a"); });
  settle();
  EXPECT_EQ(platform->adds, 0);
  EXPECT_FALSE(get("a"));
  EXPECT_TRUE(ledger().empty());
}

TEST_F(ReconcilerTest, TwoProcessesCannotReserveAThirdSlot) {
  instance();
  object("a");
  object("b");
  settle();
  // A second process that read the instance before the first reserved.
  Store stale("iotda-system", [](const std::string&) {});
  const Fingerprint third = object("c");
  api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":3}}})");
  pump();
  stale.watched(get_instance());
  for (const char* name : {"a", "b", "c"}) stale.watched(*get(name));
  Reconciler other(api, stale, provider, events, clock, leadership,
                   ReconcilerConfig{timing, [](const std::string&) { return true; }});
  platform->quota = 3;
  settle();
  EXPECT_EQ(platform->adds, 3);
  (void)other.reconcile("default", {}, {});
  EXPECT_EQ(platform->adds, 3) << "its compare-and-swap failed";
  EXPECT_EQ(platform->alive(third), 1U);
}

TEST_F(ReconcilerTest, VersionsThatWentBackAreNoConflictForEver) {
  instance();
  object("a");
  settle();
  // The store is of before a restore of etcd, whose versions were higher; no watch has told of it yet.
  Instance before = get_instance();
  before.meta.resource_version = "99999999";
  store->watched(before);
  ServerCertificate old = *get("a");
  old.meta.resource_version = "99999998";
  store->watched(old);
  const Fingerprint renewed = fresh_secret("a");
  api.clear_calls();
  settle();
  EXPECT_LT(api.calls().size(), 50U);
  EXPECT_EQ(get("a")->status.fingerprint, renewed);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, ADefiniteRefusalFreesTheSlotIsReportedAndRetriedHourly) {
  instance();
  object("a");
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kRejected, 400, "IOTDA.000006"), false}};
  const auto result = reconcile();
  EXPECT_TRUE(ledger().empty());
  EXPECT_EQ(reason("a"), "UploadRejected");
  EXPECT_EQ(get("a")->status.last_error->request_id, "req-1");
  EXPECT_EQ(get("a")->status.attempts, 1);
  ASSERT_TRUE(result.again_after);
  restart();
  reconcile();
  EXPECT_EQ(platform->adds, 1) << "a restart is no reason to try again";
  fresh_secret("a");
  settle();
  EXPECT_EQ(platform->adds, 2) << "a new certificate is";
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_FALSE(get("a")->status.last_error);
}

TEST_F(ReconcilerTest, RejectedCredentialsStopAllCallsForAGrowingTimeAlsoAcrossARestart) {
  instance();
  object("a");
  platform->list_error = refusal(Code::kUnauthorized, 401, "APIGW.0301");
  reconcile();
  EXPECT_EQ(find(get_instance().status.conditions, kReady)->reason, "CredentialsRejected");
  EXPECT_EQ(reason("a"), "InstanceNotReady");
  EXPECT_THAT(message("a"), HasSubstr("CredentialsRejected"));
  EXPECT_EQ(platform->lists, 1);
  restart();
  clock.advance(std::chrono::seconds(50));
  reconcile();
  EXPECT_EQ(platform->lists, 1) << "the access key would be locked";
  clock.advance(std::chrono::seconds(11));
  reconcile();
  EXPECT_EQ(platform->lists, 2);
  platform->list_error.reset();
  provider.current.revision = "2";  // the Secret with the credentials was mended
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << "at once";
  EXPECT_TRUE(find(get_instance().status.conditions, kReady)->status);
}

TEST_F(ReconcilerTest, AThrottledAddFreesItsSlotAndWaitsAsLongAsThePlatformSays) {
  instance();
  object("a");
  iotda::Error throttled = refusal(Code::kThrottled, 429, "APIGW.0308");
  throttled.retry_after = std::chrono::seconds(77);
  platform->add_faults = {FakePlatform::Fault{throttled, false}};
  const auto result = reconcile();
  EXPECT_TRUE(ledger().empty());
  EXPECT_EQ(reason("a"), "Throttled");
  ASSERT_TRUE(result.again_after);
  EXPECT_EQ(*result.again_after, std::chrono::seconds(77));
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, AQuotaThatOthersUsedUpIsReportedAndHealsWhenTheyLeave) {
  instance();
  object("a");
  platform->put(test::self_signed({}).certificate);
  platform->put(test::self_signed({}).certificate);
  settle();
  EXPECT_EQ(platform->adds, 0);
  EXPECT_EQ(reason("a"), "QuotaExceeded");
  EXPECT_EQ(get_instance().status.foreign_count, 2);
  platform->certificates.pop_back();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->certificates.size(), 2U) << "the other foreign one is untouched";
}

TEST_F(ReconcilerTest, WithoutPermissionToListItWorksByTheLedger) {
  instance();
  object("a");
  platform->list_error = refusal(Code::kForbidden, 403, "IOTDA.000022");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(get_instance().status.inventory, "Ledger");
}

TEST_F(ReconcilerTest, AnAddThatLandsAfterTheLossOfTheLedgerIsFound) {
  instance();
  const test::Identity identity = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kUnknown), false}};
  reconcile();
  ASSERT_EQ(platform->adds, 1);
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  restart();
  reconcile();
  EXPECT_EQ(reason("a"), "Progressing");
  clock.advance(timing.doubt_window() / 2);
  platform->put(identity.certificate);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(platform->certificates.size(), 1U);
  EXPECT_FALSE(ledger().at(0).adopted);
}

TEST_F(ReconcilerTest, ALostLedgerIsNotTakenForAnEmptyOneUntilItCanBeRebuilt) {
  for (const char* lost : {R"({"status":{"slots":null}})", R"({"status":null})"}) {
    instance();
    object("a");
    settle();
    platform->list_error = refusal(Code::kForbidden, 403, "IOTDA.000022");
    const int adds = platform->adds;
    api.edit(kInstances, {"", "default"}, lost, "status");
    for (int i = 0; i < 3; ++i) {
      restart();
      settle();
      EXPECT_EQ(reason("a"), "LedgerLost") << lost;
      ASSERT_EQ(ledger().size(), 1U);
      EXPECT_EQ(ledger()[0].state, SlotState::kLost);
      EXPECT_FALSE(get("a")->status.server_certificate_id.empty()) << "what is recorded is kept";
    }
    platform->list_error.reset();
    restart();
    settle();
    EXPECT_EQ(reason("a"), "Succeeded");
    EXPECT_EQ(platform->adds, adds);
    EXPECT_EQ(ledger().at(0).id, get("a")->status.server_certificate_id);
  }
}

TEST_F(ReconcilerTest, ABoundCertificateIsNotRemoved) {
  instance();
  object("a");
  settle();
  platform->domains = {{"domain-1", "mqtts.example.com", "id1"}};
  delete_object("a");
  reconcile();
  EXPECT_EQ(platform->removes, 0);
  EXPECT_EQ(reason("a"), "DeletionBlocked");
  EXPECT_THAT(message("a"), HasSubstr("mqtts.example.com"));
  platform->domains.clear();
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_TRUE(platform->certificates.empty());
}

TEST_F(ReconcilerTest, RetainLeavesTheCertificateAndFreesTheObject) {
  instance();
  object("a", R"(,"deletionPolicy":"Retain")");
  settle();
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(platform->certificates.size(), 1U);
  EXPECT_EQ(ledger().at(0).state, SlotState::kRetained);
  EXPECT_THAT(events.published, Contains("a Retained"));
}

TEST_F(ReconcilerTest, ADeleteWhoseAnswerIsLostIsRepeated) {
  instance();
  object("a");
  settle();
  platform->remove_faults = {FakePlatform::Fault{refusal(Code::kUnknown), true}};
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(platform->removes, 2);
  EXPECT_TRUE(ledger().empty());
}

TEST_F(ReconcilerTest, AListThatStillShowsADeletedCertificateDoesNotBringItBackWhenNoNewerOneComes) {
  instance();
  const test::Identity identity = test::self_signed({});
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  settle();
  delete_object("a");
  reconcile();
  ASSERT_TRUE(platform->certificates.empty());
  platform->still_listed = {"id1"};
  secret("b", identity.certificate, identity.key_pem());
  certificate("b");
  platform->add_faults = {FakePlatform::Fault{refusal(Code::kUnknown), false}};
  reconcile();
  clock.advance(std::chrono::seconds(2));
  reconcile();
  platform->list_error = refusal(Code::kUnknown);
  clock.advance(timing.settling);
  reconcile();
  ASSERT_EQ(ledger().size(), 1U);
  EXPECT_EQ(ledger()[0].state, SlotState::kInDoubt);
  EXPECT_EQ(ledger()[0].id, "");
}

TEST_F(ReconcilerTest, WhatWasJustDeletedDoesNotCountAsAnothers) {
  instance();
  object("a");
  settle();
  clock.advance(timing.resync);
  settle();
  delete_object("a");
  api.clear_calls();
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(writes(), 3) << "that it is decided, that it is gone, and the finalizer";
}

TEST_F(ReconcilerTest, ACrashAfterTheDeleteWasDecidedIsFinished) {
  instance();
  object("a");
  object("b");
  settle();
  delete_object("a");
  int status_writes = 0;
  api.intercept([&](const testing_support::FakeKubeApi::Call& call)
                    -> std::optional<testing_support::FakeKubeApi::Fault> {
    if (call.resource == "iotdainstances" && call.subresource == "status" && ++status_writes >= 2) {
      return testing_support::FakeKubeApi::Fault{testing_support::kube_error(kube::Error::Code::kServer, 500), false};
    }
    return std::nullopt;
  });
  EXPECT_TRUE(reconcile().failed);
  api.intercept({});
  restart();
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(ledger().size(), 1U);
  EXPECT_EQ(reason("b"), "Succeeded");
}

TEST_F(ReconcilerTest, AnOwnerThatOnlySeemsGoneKeepsItsCertificate) {
  instance();
  object("a");
  settle();
  store->deleted_certificate({"prod", "a"});  // the watch is wrong
  clock.advance(planner::kGoneGrace + std::chrono::seconds(1));
  for (int i = 0; i < 3; ++i) {
    (void)reconciler->reconcile("default", {}, {});
    clock.advance(planner::kGoneGrace);
  }
  EXPECT_EQ(platform->removes, 0);
  EXPECT_EQ(platform->certificates.size(), 1U);
}

TEST_F(ReconcilerTest, AFinalizerTakenAwayByForceReleasesTheCertificateInTheEnd) {
  instance();
  object("a");
  settle();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":null}})");
  delete_object("a");
  reconcile();
  EXPECT_EQ(platform->certificates.size(), 1U);
  clock.advance(planner::kGoneGrace + std::chrono::seconds(1));
  settle();
  EXPECT_TRUE(platform->certificates.empty());
  EXPECT_TRUE(ledger().empty());
}

TEST_F(ReconcilerTest, ARenewalThatTheWatchDoesNotShowYetIsAddedOnceAndAtOnce) {
  instance();
  object("a");
  settle();
  platform->certificates.clear();  // somebody removes it
  clock.advance(timing.resync);
  const Fingerprint renewed = fresh_secret("a");
  EXPECT_FALSE(reconciler->reconcile("default", {}, {}).failed) << "it comes to rest";
  EXPECT_EQ(platform->adds, 2);
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_LT(api.calls().size(), 60U);
}

TEST_F(ReconcilerTest, AnOwnerThatVanishesInTheMiddleOfARotationIsWaitedFor) {
  instance();
  const Fingerprint old = object("a");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  platform->before_add = [&] {
    api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":null}})");
    delete_object("a");
  };
  pump();
  (void)reconciler->reconcile("default", {}, {});  // the watch does not say it yet
  EXPECT_EQ(platform->alive(old) + platform->alive(renewed), 2U);
  clock.advance(planner::kGoneGrace + std::chrono::seconds(1));
  settle();
  EXPECT_TRUE(platform->certificates.empty());
}

TEST_F(ReconcilerTest, AnotherObjectOfTheSameNameThatHasNoUseForTheCertificateDoesNotKeepIt) {
  for (const bool elsewhere : {true, false}) {
    instance();
    object("a");
    settle();
    ASSERT_EQ(platform->certificates.size(), 1U);
    api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":null}})");
    delete_object("a");
    certificate("a", elsewhere ? R"(,"instanceRef":{"name":"other"})" : "");
    if (!elsewhere) {
      api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":["example.com/slow"]}})");
      delete_object("a");
    }
    reconcile();
    clock.advance(planner::kGoneGrace + std::chrono::seconds(1));
    settle();
    EXPECT_TRUE(platform->certificates.empty());
    EXPECT_TRUE(ledger().empty());
    api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":null}})");
    if (elsewhere) delete_object("a");
  }
}

TEST_F(ReconcilerTest, ARenewedSecretIsAddedBesideTheOldOneWhichThenGoes) {
  instance();
  const Fingerprint old = object("a");
  settle();
  std::size_t alive_at_add = 0;
  platform->before_add = [&] { alive_at_add = platform->alive(old); };
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(alive_at_add, 1U) << "make before break";
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->alive(old), 0U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(get("a")->status.fingerprint, renewed);
}

TEST_F(ReconcilerTest, ABadRenewalLeavesTheOldCertificateAndHealsWhenMended) {
  instance();
  const Fingerprint old = object("a");
  settle();
  secret("a", "this is text", "so is this");
  settle();
  EXPECT_EQ(reason("a"), "InvalidCertificate");
  EXPECT_TRUE(find(get("a")->status.conditions, resources::kAvailable)->status);
  EXPECT_EQ(platform->alive(old), 1U);
  EXPECT_EQ(platform->adds, 1);
  EXPECT_THAT(events.published, Contains("a ValidationFailed"));
  api.remove(kube::kSecrets, {"prod", "a-tls"});
  settle();
  EXPECT_EQ(reason("a"), "SecretNotFound");
  EXPECT_EQ(platform->alive(old), 1U);
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(ReconcilerTest, AnOddityOfASecretIsToldOnceAndKeepsNothingFromThePlatform) {
  instance();
  object("a");  // self-signed
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  const auto told = [&] { return std::count(events.published.begin(), events.published.end(), "a ValidationWarning"); };
  EXPECT_EQ(told(), 1);
  settle();
  fresh_secret("a");
  settle();
  restart();
  settle();
  EXPECT_EQ(platform->adds, 2);
  EXPECT_EQ(told(), 1) << "a renewal with the same oddity, or a restart, is no news";
}

TEST_F(ReconcilerTest, ACertificateThatIsNotRenewedInTimeIsToldOnce) {
  instance();
  test::CertificateSpec spec{.dns_names = {"a.example.com"}};
  spec.not_after = test::asn1_time(clock.system_now() + std::chrono::hours(40 * 24));
  const test::Identity identity = test::self_signed(spec);
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  settle(std::chrono::minutes(5));
  const auto told = [&] { return std::count(events.published.begin(), events.published.end(), "a ExpiresSoon"); };
  EXPECT_EQ(told(), 0);
  clock.advance(std::chrono::hours(10 * 24 + 1));
  for (int i = 0; i < 3; ++i) settle();
  EXPECT_EQ(told(), 1);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, TheTemporaryCertificateOfCertManagerWaitsForTheRealOne) {
  instance();
  test::CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "cert-manager.local";
  const test::Identity temporary = test::issue({.dns_names = {"a.example.com"}}, test::self_signed(authority));
  secret("a", temporary.certificate, temporary.key_pem());
  certificate("a");
  settle();
  EXPECT_EQ(platform->adds, 0);
  EXPECT_EQ(reason("a"), "TemporaryCertificate");
  EXPECT_TRUE(find(get("a")->status.conditions, meta::kReconciling));
  EXPECT_FALSE(find(get("a")->status.conditions, meta::kStalled));
  restart();
  settle();
  EXPECT_EQ(platform->adds, 0);
  fresh_secret("a");
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(ReconcilerTest, ASecretThatChangesBetweenReservationAndAddIsNotSentUnderTheOldReservation) {
  instance();
  object("a");
  Fingerprint renewed;
  api.intercept(
      [&](const testing_support::FakeKubeApi::Call& call) -> std::optional<testing_support::FakeKubeApi::Fault> {
        if (renewed.empty() && call.resource == "iotdainstances" && call.body.find("Reserved") != std::string::npos) {
          renewed = fresh_secret("a");
          pump();
        }
        return std::nullopt;
      });
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(ledger().size(), 1U);
}

TEST_F(ReconcilerTest, AnInstanceGoesWhenItsLastSlotIsFree) {
  instance();
  object("a");
  settle();
  api.remove(kInstances, {"", "default"});
  settle();
  EXPECT_EQ(find(get_instance().status.conditions, kReady)->reason, "Deleting");
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_FALSE(api.object(kInstances, {"", "default"}));
}

TEST_F(ReconcilerTest, AReconcileTokenBringsAFreshLookAndIsAcknowledged) {
  instance();
  object("a");
  settle();
  const int lists = platform->lists;
  api.edit(kInstances, {"", "default"},
           R"({"metadata":{"annotations":{"iotda.huaweicloud.com/reconcile-requested-at":"t1"}}})");
  settle();
  EXPECT_EQ(platform->lists, lists + 1);
  EXPECT_EQ(get_instance().status.last_handled_reconcile_at, "t1");
  api.clear_calls();
  settle();
  EXPECT_TRUE(api.calls().empty());
}

TEST_F(ReconcilerTest, MessagesNameThePlaceAndHoldNothingOfTheSecret) {
  instance();
  const test::Identity good = test::self_signed({});
  const test::Identity other = test::self_signed({});
  secret("a", good.certificate, other.key_pem());
  certificate("a");
  settle();
  EXPECT_EQ(reason("a"), "KeyMismatch");
  EXPECT_THAT(message("a"), HasSubstr("prod/a-tls"));
  const std::string whole = *api.object(kServerCertificates, {"prod", "a"});
  for (std::size_t i = 40; i + 20 < other.key_pem().size(); i += 20) {
    EXPECT_EQ(whole.find(other.key_pem().substr(i, 20)), std::string::npos);
  }
}

}  // namespace
}  // namespace controller
