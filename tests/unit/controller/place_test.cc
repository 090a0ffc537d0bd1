// Who has had a slot keeps a place, whatever becomes of a single attempt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Code = iotda::Error::Code;
using testing_support::FakeKubeApi;

constexpr const char* kWish = R"(,"domainConfiguration":{"domainName":"a.example.com"})";

struct PlaceTest : ::testing::Test, Rig {
  /// "waits" is the oldest object, but its Secret comes when the slots are taken.
  void full_instance(const std::string& spec_of_a = "") {
    instance();
    certificate("waits");
    object("a", spec_of_a);
    lender = object("b");
    settle();
    fresh_secret("waits");
    settle();
    ASSERT_EQ(reason("waits"), "QuotaExceeded");
    clock.advance(timing.doubt_window());
  }
  FakePlatform::Fault refusal(Code code, int status) {
    return FakePlatform::Fault{{code, status, "IOTDA.000006", "refused", "req", {}}, false};
  }
  Fingerprint lender;  ///< fingerprint of b's certificate
};

TEST_F(PlaceTest, ASlotThatWasFreedForARotationIsKeptWhenTheUploadIsThrottled) {
  full_instance();
  platform->add_faults = {refusal(Code::kThrottled, 429)};
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, ASecretThatChangesOnceMoreBetweenReservationAndUploadCostsNoPlace) {
  full_instance();
  bool changed = false;
  api.intercept([&](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    const bool reserves = call.resource == "iotdainstances" && call.subresource == "status" &&
                          call.body.find(R"("Reserved")") != std::string::npos;
    if (!changed && reserves) {
      changed = true;
      fresh_secret("a");
      pump();
    }
    return std::nullopt;
  });
  fresh_secret("a");
  settle();
  EXPECT_TRUE(changed);
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, ACrashBetweenReservationAndUploadCostsNoPlace) {
  full_instance();
  platform->before_add = [&] { leadership.yes = false; };  // it does not get to send it
  const Fingerprint renewed = fresh_secret("a");
  reconcile();
  ASSERT_EQ(platform->alive(renewed), 0U);
  platform->before_add = {};
  leadership.yes = true;
  restart();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, ALenderHasItsPlaceBackWhenTheRotationIsRefused) {
  full_instance(kWish);
  platform->add_faults = {refusal(Code::kRejected, 400)};
  fresh_secret("a");
  settle();
  EXPECT_THAT(events.published, Contains("b SlotLent"));
  EXPECT_EQ(reason("b"), "Succeeded") << message("b");
  EXPECT_EQ(platform->alive(lender), 1U);
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, ALenderHasItsPlaceBackWhenTheUploadOfTheBorrowerIsThrottled) {
  full_instance(kWish);
  platform->add_faults = {refusal(Code::kThrottled, 429)};
  fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(reason("b"), "Succeeded") << message("b");
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, WhatOthersRemovedIsUploadedAgainBeforeANewcomer) {
  full_instance(kWish);
  const CertificateId id = get("a")->status.server_certificate_id;
  std::erase_if(platform->certificates, [&](const auto& c) { return c.id == id; });
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
}

TEST_F(PlaceTest, APlaceIsGivenUpWhenTheCertificateIsRefusedForGood) {
  full_instance();
  const CertificateId id = get("a")->status.server_certificate_id;
  std::erase_if(platform->certificates, [&](const auto& c) { return c.id == id; });
  platform->add_faults = {refusal(Code::kRejected, 400)};
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(reason("a"), "UploadRejected");
  EXPECT_EQ(reason("waits"), "Succeeded");
}

TEST_F(PlaceTest, TwoObjectsWhoseSecretsAreSwappedKeepOnePlaceEach) {
  full_instance();
  const std::string a = *api.object(kube::kSecrets, {"prod", "a-tls"});
  const std::string b = *api.object(kube::kSecrets, {"prod", "b-tls"});
  const auto put = [&](const char* name, const std::string& of) {
    const json::Document document = *json::Document::parse(of);
    api.edit(kube::kSecrets, {"prod", name},
             R"({"data":{"tls.crt":")" + document.root().path("data")["tls.crt"].string_or("") + R"(","tls.key":")" +
                 document.root().path("data")["tls.key"].string_or("") + R"("}})");
  };
  put("a-tls", b);
  put("b-tls", a);
  const int adds = platform->adds;
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(reason("b"), "Succeeded") << message("b");
  EXPECT_EQ(reason("waits"), "QuotaExceeded");
  EXPECT_EQ(platform->adds, adds) << "owners change by the ledger alone";
}

TEST_F(PlaceTest, ATerminatingInstanceRotatesWhatItHolds) {
  instance();
  object("a");
  settle();
  api.remove(kInstances, {"", "default"});
  const Fingerprint renewed = fresh_secret("a");
  object("newcomer");
  settle();
  EXPECT_EQ(platform->alive(renewed), 1U) << reason("a") << ": " << message("a");
  EXPECT_EQ(reason("newcomer"), "InstanceNotReady");
}

TEST_F(PlaceTest, OneCleanUpInTheConsoleIsNoFight) {
  instance();
  const Fingerprint a = object("a");
  const Fingerprint b = object("b");
  settle();
  platform->certificates.clear();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(platform->alive(a), 1U) << reason("a") << ": " << message("a");
  EXPECT_EQ(platform->alive(b), 1U);
}

TEST_F(PlaceTest, AutoMakesRoomWhenOnlyThePlatformKnowsThatItIsFull) {
  instance();
  platform->put(test::self_signed({.common_name = "foreign"}).certificate);
  platform->list_error = iotda::Error{Code::kForbidden, 403, "IOTDA.000022", "no permission", "", {}};
  object("a");
  run_for(std::chrono::minutes(5));
  ASSERT_EQ(reason("a"), "Succeeded");
  const Fingerprint renewed = fresh_secret("a");
  run_for(std::chrono::hours(1));
  EXPECT_EQ(platform->alive(renewed), 1U) << reason("a") << ": " << message("a");
  EXPECT_LT(platform->adds, 6);
}

TEST_F(PlaceTest, ASecondRenewalWithinTheWindowSaysWhatItWaitsForAndUntilWhen) {
  instance();
  object("a", kWish);
  settle();
  fresh_secret("a");
  reconcile();
  const Fingerprint renewed = fresh_secret("a");
  reconcile();
  EXPECT_EQ(reason("a"), "Progressing") << message("a");
  EXPECT_THAT(message("a"), HasSubstr("after 2026-06-01T00:0"));
  EXPECT_TRUE(find(get("a")->status.conditions, meta::kReconciling));
  settle();
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(PlaceTest, ASecretThatFlapsIsDampedSaysSoAndLosesNothing) {
  instance();
  object("a");
  settle();
  Fingerprint last;
  for (int i = 0; i < 60; ++i) {
    last = fresh_secret("a");
    reconcile();
    clock.advance(std::chrono::seconds(10));
  }
  EXPECT_LT(platform->adds, 30);
  EXPECT_EQ(reason("a"), "SecretUnstable");
  EXPECT_THAT(message("a"), HasSubstr("Secret prod/a-tls changes too often"));
  EXPECT_EQ(platform->certificates.size(), 1U) << "the last one that was uploaded stays in use";
  EXPECT_THAT(events.published, Contains("a SecretUnstable"));
  run_for(std::chrono::minutes(10));
  EXPECT_EQ(platform->alive(last), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
}

}  // namespace
}  // namespace controller
