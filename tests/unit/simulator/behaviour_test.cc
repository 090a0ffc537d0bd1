#include "simulator/behaviour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/time_format.h"
#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BehaviourOfThePlatform : public PlatformFixture {};

TEST_F(BehaviourOfThePlatform, AcceptsOrRefusesADuplicate) {
  const test::Identity c = test::self_signed({});
  add(c);
  EXPECT_EQ(add(c).status(), 201);
  remove(listed()[0]);
  behave(R"({"duplicate_add":"refused"})");
  EXPECT_EQ(add(c).code(), "IOTDA.014302");
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(BehaviourOfThePlatform, AnswersAtTheQuotaAsToldTo) {
  add_one();
  add_one();
  behave(R"({"errors":{"certificate_quota_exceeded":{"status":403,"error_code":"IOTDA.013000"}}})");
  const Answer answer = add(test::self_signed({}));
  EXPECT_EQ(answer.status(), 403);
  EXPECT_EQ(answer.code(), "IOTDA.013000");
  EXPECT_THAT(answer.text("error_msg"), HasSubstr("upper limit"));
}

TEST_F(BehaviourOfThePlatform, DeniesSingleCalls) {
  const std::string id = add_one();
  behave(R"({"denied":["list","show","delete"]})");
  EXPECT_EQ(list().code(), "IOTDA.000022");
  EXPECT_EQ(list().status(), 403);
  EXPECT_EQ(show(id).status(), 403);
  EXPECT_EQ(remove(id).status(), 403);
  EXPECT_EQ(add(test::self_signed({})).status(), 201);
  behave(R"({"denied":[]})");
  EXPECT_EQ(list().status(), 201);
}

TEST_F(BehaviourOfThePlatform, ThrottlesSingleCallsInEitherWay) {
  behave(R"({"throttled":["add"]})");
  const Answer forbidden = add(test::self_signed({}));
  EXPECT_EQ(forbidden.status(), 403);
  EXPECT_EQ(forbidden.code(), "IOTDA.021101");
  EXPECT_EQ(forbidden.header("Retry-After"), "");
  behave(R"({"errors":{"throttled":{"status":429,"error_code":"APIGW.0308","retry_after":7}}})");
  const Answer busy = add(test::self_signed({}));
  EXPECT_EQ(busy.status(), 429);
  EXPECT_EQ(busy.code(), "APIGW.0308");
  EXPECT_EQ(busy.header("Retry-After"), "7");
  EXPECT_EQ(list().status(), 201);
}

TEST_F(BehaviourOfThePlatform, LetsTheListLagBehindButNotShow) {
  behave(R"({"list_lag_ms":1000})");
  const std::string id = add_one();
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(show(id).status(), 201);
  clock_.advance(milliseconds(999));
  EXPECT_THAT(listed(), IsEmpty());
  clock_.advance(milliseconds(1));
  EXPECT_THAT(listed(), ElementsAre(id));

  remove(id);
  EXPECT_EQ(show(id).status(), 404);
  clock_.advance(milliseconds(999));
  EXPECT_THAT(listed(), ElementsAre(id));
  clock_.advance(milliseconds(1));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(BehaviourOfThePlatform, NeverListsWhatWasGoneBeforeItShowed) {
  behave(R"({"list_lag_ms":1000})");
  remove(add_one());
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(listed(), IsEmpty());
    clock_.advance(milliseconds(100));
  }
}

TEST_F(BehaviourOfThePlatform, AnswersAGetWithTheStatusOfChoice) {
  const std::string id = add_one();
  EXPECT_EQ(list().status(), 201);
  behave(R"({"get_status":200})");
  EXPECT_EQ(list().status(), 200);
  EXPECT_EQ(show(id).status(), 200);
}

TEST_F(BehaviourOfThePlatform, SpellsErrorsInEveryWayThatWasSeen) {
  const auto spelled = [&](const char* spelling) {
    behave(std::string(R"({"error_spelling":")") + spelling + "\"}");
    const Answer answer = show("0");
    EXPECT_EQ(answer.status(), 404);
    return answer.response.body;
  };
  EXPECT_EQ(spelled("error_code"),
            R"({"error_code":"IOTDA.014303","error_msg":"The server certificate does not exist."})");
  EXPECT_EQ(spelled("errorCode"),
            R"({"errorCode":"IOTDA.014303","errorMsg":"The server certificate does not exist."})");
  EXPECT_EQ(spelled("code"), R"({"code":"IOTDA.014303","message":"The server certificate does not exist."})");
  EXPECT_EQ(spelled("nested"),
            R"({"error":{"code":"IOTDA.014303","message":"The server certificate does not exist."}})");
  EXPECT_EQ(spelled("text"), "The server certificate does not exist.");
}

TEST_F(BehaviourOfThePlatform, CommitsLateAndNeverAnswers) {
  behave(R"({"late_commit_ms":5000})");
  const Answer silence = add(test::self_signed({}));
  EXPECT_EQ(silence.response.delivery.kind, server::Delivery::Kind::kNone);
  EXPECT_GE(silence.response.delivery.delay, std::chrono::minutes(1));
  clock_.advance(milliseconds(4999));
  EXPECT_THAT(listed(), IsEmpty());
  clock_.advance(milliseconds(1));
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(BehaviourOfThePlatform, KeepsToTheQuotaAlsoWithLateCommits) {
  behave(R"({"late_commit_ms":5000})");
  for (int i = 0; i < 4; ++i) add(test::self_signed({}));
  behave(R"({"late_commit_ms":0})");
  add_one();
  clock_.advance(milliseconds(5000));
  EXPECT_EQ(listed().size(), 2U);
  EXPECT_EQ(platform_.snapshot().at({"project-1", ""}).counters().max_certificates, 2);
}

TEST_F(BehaviourOfThePlatform, AddsLatencyToEveryAnswer) {
  behave(R"({"latency_ms":250})");
  EXPECT_EQ(list().response.delivery.delay, milliseconds(250));
  EXPECT_EQ(list().response.delivery.kind, server::Delivery::Kind::kWhole);
}

std::string error_of(const char* changes) {
  Behaviour behaviour;
  const std::string before = to_json(behaviour);
  const auto document = json::Document::parse(changes);
  const auto updated = update(behaviour, document->root());
  EXPECT_EQ(to_json(behaviour), before) << changes;
  return updated ? "" : updated.error();
}

TEST(Behaviour, RefusesWhatItDoesNotKnowAndChangesNothing) {
  EXPECT_EQ(error_of("[]"), "an object is expected");
  EXPECT_EQ(error_of(R"({"latency_ms":5,"latncy_ms":5})"), "there is no latncy_ms");
  EXPECT_EQ(error_of(R"({"latency_ms":-1})"), "latency_ms must be 0 to 3600000");
  EXPECT_EQ(error_of(R"({"get_status":300})"), "get_status must be 200 to 299");
  EXPECT_EQ(error_of(R"({"lockout":"no"})"), "lockout must be true or false");
  EXPECT_EQ(error_of(R"({"duplicate_add":true})"), "duplicate_add must be refused or accepted");
  EXPECT_EQ(error_of(R"({"denied":["list","lst"]})"), "denied must be a list of calls; unknown: \"lst\"");
  EXPECT_EQ(error_of(R"({"errors":{"throttled":{"status":429},"quota":{}}})"), "errors has no quota");
  EXPECT_EQ(error_of(R"({"errors":{"throttled":{"code":"x"}}})"), "there is no code");
}

TEST(Behaviour, ReadsWhatItWrites) {
  Behaviour behaviour;
  const auto changes = json::Document::parse(
      R"({"signing":"standard","lockout":false,"duplicate_add":"refused","delete_bound":"accepted",)"
      R"("denied":["add","domain_update"],"throttled":["show"],"list_lag_ms":1,"get_status":200,)"
      R"("error_spelling":"nested","late_commit_ms":2,"latency_ms":3,"errors":{"key_mismatch":{"status":422}}})");
  ASSERT_TRUE(update(behaviour, changes->root()).ok());
  const std::string written = to_json(behaviour);
  Behaviour copy;
  const auto document = json::Document::parse(written);
  ASSERT_TRUE(update(copy, document->root()).ok());
  EXPECT_EQ(to_json(copy), written);
  EXPECT_NE(written, to_json(Behaviour{}));
}

TEST_F(BehaviourOfThePlatform, HasAClockOfItsOwn) {
  EXPECT_EQ(list().header("Date"), base::to_http_date(clock_.system_now()));
  behave(R"({"skew_ms":-3600000})");
  EXPECT_EQ(list().header("Date"), base::to_http_date(clock_.system_now() - std::chrono::hours(1)));
  Behaviour behaviour;
  EXPECT_FALSE(update(behaviour, json::Document::parse(R"({"skew_ms":-86400001})")->root()).ok());
}

TEST_F(BehaviourOfThePlatform, JudgesCertificatesByItsClock) {
  std::string end = base::to_compact(clock_.system_now() + std::chrono::hours(1));
  end.erase(8, 1);
  const test::Identity c = test::self_signed({.not_after = end});
  behave(R"({"skew_ms":7200000})");
  EXPECT_EQ(add(c).text("error_msg"), "The certificate has expired.");
  behave(R"({"skew_ms":0})");
  EXPECT_EQ(add(c).status(), 201);
}

}  // namespace
}  // namespace simulator
