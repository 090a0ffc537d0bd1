#include "simulator/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/time_format.h"
#include "unit/simulator/platform_fixture.h"
#include "unit/simulator/signing.h"

namespace simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdminTest : public PlatformFixture {
 protected:
  Answer ask(const char* method, const char* target, const std::string& body = {}) {
    return Answer(admin_.handle({method, target, {}, body}));
  }
  Iam iam_{{}, platform_, clock_};
  Admin admin_{platform_, iam_, clock_};
};

TEST_F(AdminTest, ShowsTheState) {
  const test::Identity c = test::self_signed({.common_name = "a.example.com"});
  const std::string id = add(c).text("server_certificate_id");
  bind(id);
  const Answer state = ask("GET", "/admin/state");
  EXPECT_EQ(state.status(), 200);
  ASSERT_EQ(state["instances"].items().size(), 1U);
  const json::Value instance = state["instances"].items()[0];
  EXPECT_EQ(instance["project_id"].string(), "project-1");
  EXPECT_EQ(instance["instance_id"].string(), "");
  EXPECT_EQ(instance["quota"].integer(), 2);
  EXPECT_EQ(instance["max_certificates"].integer(), 1);
  EXPECT_EQ(instance["adds"].integer(), 1);
  EXPECT_EQ(instance["deletes"].integer(), 0);
  ASSERT_EQ(instance["certificates"].items().size(), 1U);
  const json::Value held = instance["certificates"].items()[0];
  EXPECT_EQ(held["id"].string(), id);
  EXPECT_EQ(held["common_name"].string(), "a.example.com");
  EXPECT_EQ(held["fingerprint"].string(), parse_certificate(c.certificate, clock_.system_now())->fingerprint);
  EXPECT_EQ(instance["domain_configurations"].items()[0]["server_certificate_id"].string(), id);
}

TEST_F(AdminTest, ShowsTheRequestsSinceOne) {
  list();
  add_one();
  const Answer answer = ask("GET", "/admin/requests?since=1");
  ASSERT_EQ(answer["requests"].items().size(), 1U);
  const json::Value request = answer["requests"].items()[0];
  EXPECT_EQ(request["sequence"].integer(), 2);
  EXPECT_EQ(request["method"].string(), "POST");
  EXPECT_EQ(request["call"].string(), "add");
  EXPECT_EQ(request["status"].integer(), 201);
  EXPECT_EQ(request["arrived"].string_or("").size(), std::string("2026-01-02T03:04:05.000006Z").size());
  EXPECT_EQ(ask("GET", "/admin/requests")["requests"].items().size(), 2U);
  EXPECT_EQ(ask("GET", "/admin/requests?since=x").status(), 400);
  const Answer newest = ask("GET", "/admin/requests?limit=1");
  ASSERT_EQ(newest["requests"].items().size(), 1U);
  EXPECT_EQ(newest["requests"].items()[0]["sequence"].integer(), 2);
  EXPECT_EQ(ask("GET", "/admin/requests?limit=-1").status(), 400);
}

TEST_F(AdminTest, RefusesWhatThePageOfAnotherSiteSends) {
  const auto status = [&](const char* origin) {
    server::Request request{"DELETE", "/admin/faults", {}, {}};
    request.headers = {{"Host", "127.0.0.1:8444"}, {"Origin", origin}};
    return admin_.handle(request).status;
  };
  EXPECT_EQ(status("http://127.0.0.1:8444"), 204);
  for (const char* other : {"http://127.0.0.1:8445", "https://127.0.0.1:8444", "http://example.com", "null"}) {
    EXPECT_EQ(status(other), 403) << other;
  }
}

TEST_F(AdminTest, ChangesTheBehaviour) {
  const Answer changed = ask("PUT", "/admin/behaviour", R"({"get_status":200})");
  EXPECT_EQ(changed.status(), 200);
  EXPECT_EQ(changed["get_status"].integer(), 200);
  EXPECT_EQ(list().status(), 200);
  EXPECT_EQ(ask("GET", "/admin/behaviour").response.body, changed.response.body);
  const Answer refused = ask("PUT", "/admin/behaviour", R"({"get_status":"x"})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.text("error"), "get_status must be 200 to 299");
  EXPECT_EQ(ask("PUT", "/admin/behaviour", "{").status(), 400);
}

TEST_F(AdminTest, PlansShowsAndClearsFaults) {
  EXPECT_EQ(ask("POST", "/admin/faults", R"([{"call":"list","nth":2,"action":"status"}])").status(), 201);
  EXPECT_EQ(ask("GET", "/admin/faults").response.body, R"([{"call":"list","nth":2,"action":"status"}])");
  EXPECT_EQ(ask("DELETE", "/admin/faults").status(), 204);
  EXPECT_EQ(ask("GET", "/admin/faults").response.body, "[]");
  EXPECT_EQ(ask("POST", "/admin/faults", R"([{"call":"list"}])").status(), 400);
}

TEST_F(AdminTest, AddsAndRemovesBehindTheBackOfTheApi) {
  const test::Identity c = test::self_signed({});
  json::Writer w;
  const std::string body =
      w.begin_object().member("project_id", "project-1").member("certificate_pem", c.certificate).end_object().take();
  const Answer added = ask("POST", "/admin/certificates", body);
  EXPECT_EQ(added.status(), 201);
  const std::string id = added.text("id");
  EXPECT_EQ(show(id).text("certificate_pem"), c.certificate);
  bind(id);
  EXPECT_EQ(ask("DELETE", ("/admin/certificates/" + id).c_str()).status(), 204);
  EXPECT_EQ(ask("DELETE", ("/admin/certificates/" + id).c_str()).status(), 404);
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(platform_.snapshot().at({"project-1", ""}).counters().adds, 0);

  add_one();
  add_one();
  EXPECT_EQ(ask("POST", "/admin/certificates", body).status(), 409);
  EXPECT_EQ(ask("POST", "/admin/certificates", R"({"project_id":"p","certificate_pem":"x"})").status(), 400);
}

TEST_F(AdminTest, ShowsTheStateOfIam) {
  const Answer state = ask("GET", "/admin/iam");
  EXPECT_EQ(state.status(), 200);
  EXPECT_EQ(state.response.body,
            R"({"lockouts":0,"failures_in_a_row":0,"issued":{},"behaviour":{"token_seconds":86400,"key_seconds":0,)"
            R"("metadata_sessions":"required","agency":true,"unavailable":[],"throttled":[],"latency_ms":0}})");
  iam_.handle({"PUT", "/meta-data/latest/api/token", {{"X-Metadata-Token-Ttl-Seconds", "60"}}, {}});
  for (int i = 0; i < 6; ++i) {
    server::Request wrong{.method = "GET", .target = kCertificates, .headers = {{"X-Sdk-Date", "20260101T000000Z"}}};
    sign(wrong, Algorithm::kStandard, "SK", "", "AK", {"x-sdk-date"});
    platform_.handle(wrong);
  }
  const Answer after = ask("GET", "/admin/iam");
  EXPECT_EQ(after["issued"]["metadata_session"].integer(), 1);
  EXPECT_EQ(after["lockouts"].integer(), 1);
  EXPECT_EQ(after["failures_in_a_row"].integer(), 6);
}

TEST_F(AdminTest, ChangesTheBehaviourOfIam) {
  const Answer changed = ask("PUT", "/admin/iam", R"({"token_seconds":1,"unavailable":["pod_identity"]})");
  EXPECT_EQ(changed.status(), 200);
  EXPECT_EQ(changed["behaviour"]["token_seconds"].integer(), 1);
  EXPECT_EQ(ask("GET", "/admin/iam").response.body, changed.response.body);
  EXPECT_EQ(iam_.behaviour().unavailable.count(IamCall::kPodIdentity), 1U);
  const Answer refused = ask("PUT", "/admin/iam", R"({"token_seconds":0})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.text("error"), "token_seconds must be 1 to 604800");
  EXPECT_EQ(ask("PUT", "/admin/iam", "{").status(), 400);
  EXPECT_EQ(ask("GET", "/admin/iam/revoke").status(), 404);
}

TEST_F(AdminTest, RevokesWhatWasIssued) {
  using State = Identities::State;
  Identities& identities = platform_.authenticator().identities();
  const auto issue = [&] {
    const base::Secret token = identities.issue(Identities::Kind::kToken, std::chrono::seconds(9));
    const base::Secret session = identities.issue(Identities::Kind::kSession, std::chrono::seconds(9));
    const TemporaryKey key = identities.issue_key(std::chrono::seconds(9));
    return [&identities, t = std::string(token.view()), s = std::string(session.view()), k = key.access_key] {
      return std::vector<bool>{identities.state_of(Identities::Kind::kToken, t) == State::kValid,
                               identities.find_key(k)->state == State::kValid,
                               identities.state_of(Identities::Kind::kSession, s) == State::kValid};
    };
  };
  const auto first = issue();
  EXPECT_EQ(ask("POST", "/admin/iam/revoke", R"({"what":"tokens"})").status(), 204);
  EXPECT_THAT(first(), ElementsAre(false, true, true));
  EXPECT_EQ(ask("POST", "/admin/iam/revoke", R"({"what":"keys"})").status(), 204);
  EXPECT_THAT(first(), ElementsAre(false, false, true));
  const auto second = issue();
  EXPECT_EQ(ask("POST", "/admin/iam/revoke", R"({"what":"x"})").status(), 400);
  EXPECT_THAT(second(), ElementsAre(true, true, true));
  EXPECT_EQ(ask("POST", "/admin/iam/revoke", R"({"what":"all"})").status(), 204);
  EXPECT_THAT(second(), ElementsAre(false, false, false));
}

TEST_F(AdminTest, ReplacesTheAccessKey) {
  const auto status_with = [&](const char* access_key, const char* secret_key) {
    const std::string date = base::to_compact(clock_.system_now());
    server::Request request{.method = "GET", .target = kCertificates, .headers = {{"X-Sdk-Date", date}}};
    sign(request, Algorithm::kStandard, secret_key, "", access_key, {"x-sdk-date"});
    return platform_.handle(request).status;
  };
  const auto replace = [&](const char* body) { return ask("PUT", "/admin/iam/access-key", body).status(); };
  EXPECT_EQ(replace(R"({"access_key":"AK","secret_key":"SK"})"), 204);
  EXPECT_EQ(status_with("AK", "SK"), 201);
  EXPECT_EQ(replace(R"({"access_key":"AK2","secret_key":"SK2"})"), 204);
  EXPECT_EQ(status_with("AK", "SK"), 401);
  EXPECT_EQ(status_with("AK2", "SK2"), 201);
  for (const char* invalid : {R"({"access_key":"AK3"})", R"({"access_key":"AK3","secret_key":""})", "{}"}) {
    EXPECT_EQ(replace(invalid), 400) << invalid;
  }
  EXPECT_EQ(status_with("AK2", "SK2"), 201);
  EXPECT_EQ(replace(R"({"access_key":"","secret_key":""})"), 204);
  EXPECT_EQ(status_with("AK2", "SK2"), 401);
}

TEST_F(AdminTest, KnowsNothingElse) {
  EXPECT_EQ(ask("GET", "/").status(), 404);
  EXPECT_EQ(ask("DELETE", "/admin/state").status(), 404);
}

}  // namespace
}  // namespace simulator
