#include "simulator/iam.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/iam_fixture.h"

namespace simulator {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

using IamTest = IamFixture;

/// One request to each call, all accepted.
class EveryCall : public IamFixture {
 protected:
  struct One {
    const char* name;
    Answer answer;
  };
  std::vector<One> all() {
    std::vector<One> all;
    all.push_back({"iam_token", password_token()});
    const std::string token = all.back().answer.header("X-Subject-Token");
    all.push_back({"iam_projects", Answer(iam_.handle(signed_get(kProjects, "AK", "SK")))});
    all.push_back({"iam_id_token", id_token("jwt-1")});
    all.push_back({"iam_security_token", security_token(token.empty() ? "token" : token)});
    all.push_back({"sts_assume_with_oidc", assume("jwt-1")});
    all.push_back({"pod_identity", pod("pod-token")});
    all.push_back({"metadata_session", session()});
    all.push_back({"metadata_key", metadata_key(all.back().answer.response.body)});
    return all;
  }
};

TEST_F(EveryCall, IsInTheLogWithoutBodiesAndHeaders) {
  const auto all = this->all();
  const auto log = platform_.log().since(0);
  ASSERT_EQ(log.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(log[i].call, all[i].name);
    EXPECT_EQ(log[i].status, all[i].answer.status());
    EXPECT_LT(log[i].status, 300);
    EXPECT_EQ(log[i].arrived, clock_.system_now());
    EXPECT_EQ(log[i].request_id, all[i].answer.header("X-Request-Id"));
    EXPECT_EQ(log[i].request_id, all[i].answer.header("X-IAM-Trace-Id"));
    EXPECT_EQ(iam_call_named(log[i].call), iam_route(log[i].method, log[i].path));
  }
  const std::string text = to_json(log);
  for (const char* secret : {"password-1", "jwt-1", "pod-token", "Signature"}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(text, Not(HasSubstr(all[0].answer.header("X-Subject-Token"))));
}

TEST_F(EveryCall, CanBeUnavailable) {
  behave_iam(R"({"unavailable":["iam_token","iam_projects","iam_id_token","iam_security_token","sts_assume_with_oidc",
    "pod_identity","metadata_session","metadata_key"]})");
  for (const One& one : all()) {
    EXPECT_EQ(one.answer.status(), 503) << one.name;
    EXPECT_EQ(one.answer.header("X-IAM-Trace-Id").size(), 32U) << one.name;
  }
  EXPECT_TRUE(iam_.issued().empty());
  behave_iam(R"({"unavailable":["pod_identity"]})");
  for (const One& one : all()) EXPECT_EQ(one.answer.status() == 503, one.name == std::string("pod_identity"));
}

TEST_F(EveryCall, CanBeThrottled) {
  behave_iam(R"({"throttled":["iam_token","iam_projects","iam_id_token","iam_security_token","sts_assume_with_oidc",
    "pod_identity","metadata_session","metadata_key"]})");
  for (const One& one : all()) {
    EXPECT_EQ(one.answer.status(), 429) << one.name;
    EXPECT_EQ(one.answer.header("Retry-After"), "1") << one.name;
  }
}

TEST_F(EveryCall, IsDelayed) {
  behave_iam(R"({"latency_ms":20})");
  for (const One& one : all()) {
    EXPECT_EQ(one.answer.response.delivery.delay, std::chrono::milliseconds(20)) << one.name;
  }
}

TEST_F(EveryCall, IsCounted) {
  all();
  password_token();
  password_token("wrong");
  const auto issued = iam_.issued();
  EXPECT_EQ(issued.size(), 7U);
  EXPECT_EQ(issued.at(IamCall::kToken), 2);
  EXPECT_EQ(issued.at(IamCall::kMetadataKey), 1);
  EXPECT_EQ(issued.count(IamCall::kProjects), 0U);
}

TEST_F(EveryCall, HasTheDateOfThePlatform) {
  behave(R"({"skew_ms":60000})");
  const std::string expiry = password_token()["token"]["expires_at"].string_or("");
  EXPECT_EQ(expiry, in(86'460));
  for (const One& one : all()) {
    EXPECT_EQ(one.answer.header("Date"), base::to_http_date(clock_.system_now() + seconds(60))) << one.name;
  }
}

TEST_F(IamTest, KnowsNoOtherCall) {
  EXPECT_EQ(ask("GET", kTokens).status(), 404);
  EXPECT_EQ(ask("POST", "/v3/auth/tokens/x").status(), 404);
  const Answer answer = ask("GET", "/");
  EXPECT_EQ(answer["error"]["title"].string(), "Not Found");
  const auto log = platform_.log().since(0);
  EXPECT_EQ(log.back().call, "");
  EXPECT_EQ(log.back().status, 404);
}

TEST_F(IamTest, IgnoresTheQueryForTheCall) {
  EXPECT_EQ(iam_route("POST", "/v3/auth/tokens?nocatalog=true"), IamCall::kToken);
}

TEST_F(IamTest, ShortensLifetimes) {
  behave_iam(R"({"token_seconds":1,"key_seconds":2})");
  const Answer token = password_token();
  EXPECT_EQ(token["token"]["expires_at"].string(), in(1));
  const Answer key = security_token(token.header("X-Subject-Token"), R"(,"duration_seconds":900)");
  EXPECT_EQ(key["credential"]["expires_at"].string(), in(2));
  clock_.advance(seconds(1));
  EXPECT_EQ(list_with_token(token.header("X-Subject-Token")), 401);
  EXPECT_EQ(list_with_credential(key), 201);
  clock_.advance(seconds(1));
  EXPECT_EQ(list_with_credential(key), 401);
}

TEST_F(IamTest, RefusesUnknownBehaviour) {
  for (const char* changes :
       {R"({"token_seconds":0})", R"({"key_seconds":-1})", R"({"metadata_sessions":"x"})", R"({"agency":1})",
        R"({"unavailable":["add"]})", R"({"throttled":"iam_token"})", R"({"latency_ms":-1})", R"({"x":1})", "[]"}) {
    EXPECT_FALSE(iam_.change_behaviour(json::Document::parse(changes)->root()).ok()) << changes;
  }
  EXPECT_FALSE(iam_.change_behaviour(json::Document::parse(R"({"agency":false,"x":1})")->root()).ok());
  EXPECT_TRUE(iam_.behaviour().agency);
}

}  // namespace
}  // namespace simulator
