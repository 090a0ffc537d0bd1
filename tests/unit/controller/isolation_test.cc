// One object's failure is that object's alone; a step without effect rests; statuses are written as often as makes
// sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing_support::FakeKubeApi;
using testing_support::kube_error;
using Code = kube::Error::Code;

struct IsolationTest : ::testing::Test, Rig {
  void two_objects() {
    instance();
    object("a");
    object("b");
    settle();
  }
  /// Each call of that verb about the object "a" or its Secret fails.
  void fail(const std::string& verb, const std::string& subresource, Code code, int status,
            const std::string& message = "injected") {
    api.intercept([=](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
      const bool about_a = call.name.name == "a" || call.name.name == "a-tls";
      if (about_a && call.verb == verb && call.subresource == subresource) {
        return FakeKubeApi::Fault{kube_error(code, status, message)};
      }
      return std::nullopt;
    });
  }
  std::size_t calls_in(base::Duration time) {
    api.clear_calls();
    run_for(time);
    return api.calls().size();
  }
};

TEST_F(IsolationTest, ASecretThatCannotBeReadKeepsNobodyElseFromRotating) {
  two_objects();
  for (const auto& [code, status] : {std::pair(Code::kForbidden, 403), std::pair(Code::kServer, 500)}) {
    fail("get", "", code, status);
    fresh_secret("a");
    const Fingerprint renewed = fresh_secret("b");
    run_for(std::chrono::minutes(5));
    EXPECT_EQ(platform->alive(renewed), 1U) << status << ": b says " << reason("b");
    EXPECT_EQ(reason("a"), "SecretReadFailed");
    EXPECT_TRUE(find(get("a")->status.conditions, meta::kReconciling));
    EXPECT_THAT(message("a"), HasSubstr("Secret a-tls"));
    EXPECT_TRUE(find(get("a")->status.conditions, resources::kAvailable)->status);
    api.intercept({});
    run_for(std::chrono::minutes(5));
    EXPECT_EQ(reason("a"), "Succeeded") << "by itself, when it can be read again";
  }
  EXPECT_THAT(events.published, Contains("a SecretReadFailed"));
}

TEST_F(IsolationTest, AFailureOfOneObjectIsTriedMoreAndMoreSlowly) {
  two_objects();
  fail("get", "", Code::kForbidden, 403);
  fresh_secret("a");
  EXPECT_LT(calls_in(std::chrono::minutes(10)), 40U);
}

TEST_F(IsolationTest, AFinalizerThatIsRefusedKeepsNobodyElseFromRotating) {
  two_objects();
  fail("patch", "", Code::kForbidden, 403);
  api.remove(kServerCertificates, {"prod", "a"});
  run_for(std::chrono::hours(1));
  EXPECT_EQ(reason("a"), "DeletionBlocked");
  EXPECT_THAT(message("a"), HasSubstr("finalizers of ServerCertificate prod/a"));
  const Fingerprint renewed = fresh_secret("b");
  run_for(std::chrono::minutes(5));
  EXPECT_EQ(platform->alive(renewed), 1U) << "b says " << reason("b");
  EXPECT_THAT(events.published, Contains("a WriteRefused"));
}

TEST_F(IsolationTest, AnObjectThatMayHaveNoFinalizerGetsNoSlotAndTheNextOneDoes) {
  instance();
  fail("patch", "", Code::kInvalid, 422);
  object("a");
  const Fingerprint next = object("b");
  run_for(std::chrono::minutes(1));
  EXPECT_EQ(reason("a"), "WriteRefused");
  EXPECT_EQ(platform->alive(next), 1U);
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(IsolationTest, AStatusThatIsRefusedKeepsNoOtherFromBeingWritten) {
  instance();
  fail("apply", "status", Code::kInvalid, 422);
  object("a");
  object("b");
  run_for(std::chrono::minutes(1));
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_EQ(reason("a"), "");
  EXPECT_LT(calls_in(std::chrono::minutes(30)), 30U);
  api.intercept({});
  run_for(std::chrono::minutes(6));
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(IsolationTest, AStatusSubresourceThatIsNotServedIsNoHotLoop) {
  instance();
  fail("apply", "status", Code::kNotFound, 404);
  object("a");
  object("b");
  EXPECT_LT(calls_in(std::chrono::minutes(10)), 80U);
  EXPECT_EQ(reason("b"), "Succeeded");
}

TEST_F(IsolationTest, ALedgerThatCannotBeWrittenIsNoHotLoop) {
  instance();
  object("a");
  api.intercept([](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (call.resource != "iotdainstances" || call.subresource != "status") return std::nullopt;
    return FakeKubeApi::Fault{kube_error(Code::kNotFound, 404, "the server could not find the requested resource")};
  });
  EXPECT_LT(calls_in(std::chrono::minutes(10)), 200U);
  EXPECT_EQ(platform->adds, 0);
  EXPECT_THAT(message("a"), HasSubstr("had no effect"));
}

TEST_F(IsolationTest, AnOlderDefinitionGetsAllFieldsThatItKnows) {
  instance();
  fail("apply", "status", Code::kServer, 500, "failed to create typed patch: .status.x: field not declared in schema");
  object("a");
  run_for(std::chrono::minutes(1));
  EXPECT_EQ(reason("a"), "Succeeded");
  const Fingerprint renewed = fresh_secret("a");
  run_for(std::chrono::minutes(1));
  EXPECT_EQ(get("a")->status.fingerprint, renewed) << "nothing of before stays";
}

TEST_F(IsolationTest, AStatusThatIsNotKeptWholeIsNotWrittenAgainAndTheVersionSkewIsNamed) {
  api.lack_status_field("observedSecrets");
  instance();
  object("a");
  run_for(std::chrono::minutes(2));
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_THAT(find(get_instance().status.conditions, kReady)->message, HasSubstr("CustomResourceDefinitions"));
  api.clear_calls();
  run_for(std::chrono::minutes(5));
  for (const auto& call : api.calls()) EXPECT_FALSE(call.writes()) << call.body;
  api.lack_status_field("");
  fresh_secret("a");
  run_for(std::chrono::minutes(5));
  EXPECT_FALSE(get("a")->status.observed_secrets.empty());
  EXPECT_THAT(find(get_instance().status.conditions, kReady)->message, ::testing::Not(HasSubstr("Definitions")));
}

TEST_F(IsolationTest, ALedgerThatIsNotKeptWholeIsNoHotLoopAndNothingIsUploaded) {
  api.lack_status_field("slots");
  instance();
  object("a");
  EXPECT_LT(calls_in(std::chrono::minutes(10)), 200U);
  EXPECT_EQ(platform->adds, 0);
}

TEST_F(IsolationTest, NothingOfASuspendedObjectIsRemoved) {
  instance();
  const Fingerprint chain = object("a");
  settle();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"suspend":true}})");
  api.remove(kServerCertificates, {"prod", "a"});
  settle();
  EXPECT_TRUE(get("a"));
  EXPECT_EQ(platform->alive(chain), 1U);
}

TEST_F(IsolationTest, AnObjectThatWasSuspendedJustNowIsLeftAlone) {
  instance();
  const Fingerprint chain = object("a");
  settle();
  api.remove(kServerCertificates, {"prod", "a"});
  pump();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"suspend":true}})");
  (void)reconciler->reconcile("default", {}, {});  // no watch has told yet
  EXPECT_TRUE(get("a"));
  EXPECT_EQ(platform->alive(chain), 1U);
  EXPECT_EQ(get_instance().status.slots->at(0).state, resources::SlotState::kActive);
}

TEST_F(IsolationTest, ASecondWriterOfAStatusIsDampedAndNamed) {
  two_objects();
  int overwritten = 0;
  for (int i = 0; i < 300; ++i) {
    if (reason("a") == "Succeeded") {
      ++overwritten;
      api.edit(kServerCertificates, {"prod", "a"},
               R"({"status":{"conditions":[{"type":"Ready","status":"False","reason":"Other","message":"other",)"
               R"("lastTransitionTime":"2026-06-01T00:00:00Z","observedGeneration":1}]}})",
               "status");
    }
    reconcile();
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_LT(overwritten, 15) << "in five minutes";
  EXPECT_THAT(events.published, Contains("a StatusOverwritten"));
  EXPECT_THAT(events.warnings, Contains(HasSubstr("changed by another writer")));
}

TEST_F(IsolationTest, EachChangeOfReadyIsToldOnceBothWays) {
  two_objects();
  const auto told = [&](const char* event) {
    return std::count(events.published.begin(), events.published.end(), event);
  };
  platform->list_error = iotda::Error{iotda::Error::Code::kUnknown, 500, "", "down", "", {}};
  fresh_secret("a");
  clock.advance(timing.resync);
  run_for(std::chrono::minutes(10));
  EXPECT_EQ(told("default PlatformUnavailable"), 1);
  platform->list_error.reset();
  run_for(std::chrono::minutes(5));
  EXPECT_EQ(told("default Ready"), 1);
  EXPECT_EQ(told("a Ready"), 1);
}

TEST_F(IsolationTest, AnInstanceThatWasNeverReachedShowsNoUsedSlots) {
  platform->list_error = iotda::Error{iotda::Error::Code::kUnknown, 500, "", "down", "", {}};
  instance();
  object("a");
  reconcile();
  EXPECT_FALSE(get_instance().status.used);
  EXPECT_EQ(api.object(kInstances, {"", "default"})->find("summary"), std::string::npos);
  platform->list_error.reset();
  settle();
  EXPECT_EQ(get_instance().status.used, 1);
}

}  // namespace
}  // namespace controller
