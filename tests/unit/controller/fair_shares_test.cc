#include <algorithm>
#include <gtest/gtest.h>

#include "rig.h"
#include "support/base64.h"

// Nobody's objects keep those of others waiting: src/controller/turns.h, and the bounds of one visit.
namespace controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct FairSharesTest : ::testing::Test, Rig {
  FairSharesTest() {
    instance();
    api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":50}}})");
    platform->quota = 50;
  }

  int reads_of_secrets() const {
    const auto calls = api.calls();
    return static_cast<int>(std::count_if(
        calls.begin(), calls.end(), [](const auto& call) { return call.verb == "get" && call.resource == "secrets"; }));
  }
  /// Reading a Secret of that namespace takes so long.
  void slow(const std::string& ns, base::Duration time) {
    api.intercept([this, ns, time](const testing_support::FakeKubeApi::Call& call) {
      if (call.verb == "get" && call.resource == "secrets" && call.name.ns == ns) clock.advance(time);
      return std::optional<testing_support::FakeKubeApi::Fault>();
    });
  }
  /// An object with a Secret of its own in another namespace.
  void victim() {
    const test::Identity identity = test::self_signed({.common_name = "v.example.com", .dns_names = {"v.example.com"}});
    api.put(R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"victim","name":"v"},"data":{"tls.crt":")" +
            test::base64_encode(identity.certificate) + R"(","tls.key":")" + test::base64_encode(identity.key_pem()) +
            R"("}})");
    api.put(R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","metadata":)"
            R"({"namespace":"victim","name":"v"},"spec":{"secretRef":{"name":"v"}}})");
  }
  std::string reason_of_victim() const {
    const auto text = api.object(kServerCertificates, {"victim", "v"});
    const ServerCertificate object = parse_server_certificate(json::Document::parse(*text)->root());
    const Condition* ready = find(object.status.conditions, kReady);
    return ready == nullptr ? "" : ready->reason;
  }
};

TEST_F(FairSharesTest, ASecretThatManyObjectsNameIsReadOnce) {
  fresh_secret("shared");
  for (int i = 0; i < 50; ++i) {
    api.put(
        R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","metadata":{"namespace":"prod",)"
        R"("name":"a)" +
        std::to_string(i) + R"("},"spec":{"secretRef":{"name":"shared-tls"}}})");
  }
  (void)reconcile();
  EXPECT_EQ(reads_of_secrets(), 1);
  EXPECT_EQ(reason("a7"), "DuplicateCertificate");
}

TEST_F(FairSharesTest, ANamespaceWithSlowSecretsDoesNotKeepAnotherOneWaiting) {
  for (int i = 0; i < 20; ++i) object("a" + std::to_string(i));
  victim();
  slow("prod", seconds(1));
  const base::BootTime began = clock.boot_now();
  for (int visits = 0; reason_of_victim() != "Succeeded" && visits < 3; ++visits) (void)reconcile();
  EXPECT_EQ(reason_of_victim(), "Succeeded");
  EXPECT_LE(clock.boot_now() - began, seconds(5));
}

TEST_F(FairSharesTest, WhatIsLeftOfTheReadingIsDoneLater) {
  for (int i = 0; i < 20; ++i) object("a" + std::to_string(i));
  slow("prod", milliseconds(60));
  settle();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(reason("a" + std::to_string(i)), "Succeeded");
}

TEST_F(FairSharesTest, KeysThatAreCostlyHaveABudget) {
  api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":2}}})");
  for (int i = 0; i < 40; ++i) object("a" + std::to_string(i));
  slow("prod", milliseconds(300));
  const base::BootTime end = clock.boot_now() + seconds(60);
  while (clock.boot_now() < end) {
    const auto again = reconcile().again_after;
    clock.advance(again ? std::max<base::Duration>(*again, milliseconds(1)) : seconds(60));
  }
  // Two of them hold slots and are read anew before they are sent.
  EXPECT_LE(reads_of_secrets(), 3 / 0.3 + 60 / 20 / 0.3 + 4);
  EXPECT_NE(message("a39").find("takes too long"), std::string::npos) << message("a39");
}

TEST_F(FairSharesTest, ASecretThatChangesAllTheTimeIsReadNowAndThen) {
  object("a");
  settle();
  api.clear_calls();
  for (int i = 0; i < 180; ++i) {
    fresh_secret("a");
    (void)reconcile();
    clock.advance(milliseconds(330));
  }
  EXPECT_LE(reads_of_secrets(), 3 * (12 + 6)) << "by watch, and live before an upload and a delete";
  EXPECT_EQ(reason("a"), "SecretUnstable") << message("a");
}

TEST_F(FairSharesTest, StatusesThatTakeLongAreWrittenInTurns) {
  for (int i = 0; i < 30; ++i) object("a" + std::to_string(i));
  victim();
  settle();
  api.intercept([this](const testing_support::FakeKubeApi::Call& call) {
    if (call.resource == "servercertificates" && call.subresource == "status") clock.advance(milliseconds(200));
    return std::optional<testing_support::FakeKubeApi::Fault>();
  });
  for (int i = 0; i < 30; ++i) secret("a" + std::to_string(i), "bad", "bad");
  api.put(
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"victim","name":"v"},"data":{"tls.crt":"YmFk"}})");
  const ReconcileResult result = reconcile();
  EXPECT_EQ(result.again_after, base::Duration::zero());
  EXPECT_EQ(reason_of_victim(), "SecretKeyMissing");
  settle();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(reason("a" + std::to_string(i)), "InvalidCertificate");
}

TEST_F(FairSharesTest, AStatusThatIsRefusedKeepsNoOtherAndIsWrittenAgain) {
  object("a");
  object("b");
  settle();
  for (const char* name : {"a", "b"}) secret(name, "bad", "bad");
  bool refuse = true;
  api.intercept([&](const testing_support::FakeKubeApi::Call& call) {
    using Fault = testing_support::FakeKubeApi::Fault;
    const bool hit = refuse && call.subresource == "status" && call.name.name != "b";
    return hit ? std::optional(Fault{testing_support::kube_error(kube::Error::Code::kInvalid, 422), false})
               : std::optional<Fault>();
  });
  const ReconcileResult result = reconcile();
  EXPECT_FALSE(result.failed);
  EXPECT_EQ(reason("b"), "InvalidCertificate");
  ASSERT_TRUE(result.again_after);
  EXPECT_LE(*result.again_after, seconds(2));
  refuse = false;
  clock.advance(*result.again_after);
  (void)reconcile();
  EXPECT_EQ(reason("a"), "InvalidCertificate");
}

TEST_F(FairSharesTest, TheStatusOfTheInstanceThatIsRefusedKeepsNoOtherFromBeingWritten) {
  object("a");
  api.intercept([](const testing_support::FakeKubeApi::Call& call) {
    using Fault = testing_support::FakeKubeApi::Fault;
    const bool hit = call.resource == "iotdainstances" && call.subresource == "status";
    return hit ? std::optional(Fault{testing_support::kube_error(kube::Error::Code::kInvalid, 422), false})
               : std::optional<Fault>();
  });
  secret("a", "bad", "bad");
  EXPECT_FALSE(reconcile().failed);
  EXPECT_EQ(reason("a"), "InvalidCertificate");
}

TEST_F(FairSharesTest, WhatIsRefusedIsNotSentAgainForEachChangeOfTheSpec) {
  platform->add_faults.assign(
      100, FakePlatform::Fault{{iotda::Error::Code::kRejected, 400, "IOTDA.014301", "no", "", {}}, false});
  object("a");
  for (int i = 0; i < 60; ++i) {
    api.edit(kServerCertificates, {"prod", "a"},
             R"({"spec":{"rotation":{"strategy":")" + std::string(i % 2 == 0 ? "Auto" : "MakeBeforeBreak") + R"("}}})");
    (void)reconcile();
    clock.advance(milliseconds(330));
  }
  EXPECT_EQ(100 - platform->add_faults.size(), 5U);
}

}  // namespace
}  // namespace controller
