#include "simulator/iam_operations.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/iam_fixture.h"

namespace simulator {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class IamCalls : public IamFixture {
 protected:
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> ids;
    for (const json::Value project : answer["projects"].items()) ids.push_back(project["id"].string_or(""));
    return ids;
  }
  Answer projects(const server::Request& request) { return Answer(iam_.handle(request)); }
};

TEST_F(IamCalls, ATokenForAPassword) {
  const Answer answer = password_token();
  EXPECT_EQ(answer.status(), 201);
  EXPECT_EQ(answer["token"]["expires_at"].string(), in(86'400));
  EXPECT_EQ(answer["token"]["issued_at"].string(), in(0));
  EXPECT_EQ(answer["token"].path("project.id").string(), "project-1");
  EXPECT_EQ(answer["token"].path("user.domain.name").string(), "domain-1");
  const std::string token = answer.header("X-Subject-Token");
  EXPECT_THAT(answer.response.body, ::testing::Not(HasSubstr(token)));
  EXPECT_EQ(list_with_token(token), 201);
  EXPECT_EQ(list_with_token(token + "0"), 403);
  clock_.advance(seconds(86'400));
  EXPECT_EQ(list_with_token(token), 401);
}

TEST_F(IamCalls, ATokenForTheIdOfAProject) {
  const Answer answer = password_token("password-1", "user-1", "domain-1", R"({"id":"project-3"})");
  EXPECT_EQ(answer.status(), 201);
  EXPECT_EQ(answer["token"].path("project.name").string(), "twice");
}

TEST_F(IamCalls, NoTokenForAWrongPassword) {
  const Answer wrong = password_token("password-2");
  EXPECT_EQ(wrong.status(), 401);
  EXPECT_EQ(wrong.response.body,
            R"({"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}})");
  EXPECT_EQ(wrong.header("X-Subject-Token"), "");
  EXPECT_EQ(password_token("password-1", "user-2").status(), 401);
  EXPECT_EQ(password_token("password-1", "user-1", "domain-2").status(), 401);
}

TEST_F(IamCalls, NoTokenWithoutAUser) {
  Iam nobody({}, platform_, clock_);
  const std::string body =
      R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"","password":"","domain":{"name":""}}}},)"
      R"("scope":{"project":{"name":"cn-north-4"}}}})";
  EXPECT_EQ(nobody.handle({"POST", kTokens, {{"Content-Type", "application/json"}}, body}).status, 401);
}

TEST_F(IamCalls, NoTokenForAnUnknownProject) {
  EXPECT_EQ(password_token("password-1", "user-1", "domain-1", R"({"name":"project-1"})").status(), 404);
  EXPECT_EQ(password_token("password-1", "user-1", "domain-1", R"({"id":"cn-north-4"})").status(), 404);
}

TEST_F(IamCalls, NoTokenForARequestThatIsNotAsDocumented) {
  EXPECT_EQ(password_token("password-1", "user-1", "domain-1", "{}").status(), 400);
  EXPECT_EQ(ask("POST", kTokens, "{").status(), 400);
  EXPECT_EQ(ask("POST", kTokens, "[]").status(), 400);
  EXPECT_EQ(
      ask("POST", kTokens,
          R"({"auth":{"identity":{"methods":["token"],"password":{"user":{"name":"user-1","password":"password-1",)"
          R"("domain":{"name":"domain-1"}}}},"scope":{"project":{"name":"cn-north-4"}}}})")
          .status(),
      400);
  EXPECT_EQ(iam_.handle({"POST", kTokens, {{"Content-Type", "text/plain"}}, "{}"}).status, 400);
}

TEST_F(IamCalls, TheProjectsWithAName) {
  const auto named = [&](const std::string& name) {
    return projects(signed_get(kProjects + ("?name=" + name), "AK", "SK"));
  };
  const Answer one = named("cn-north-4");
  EXPECT_EQ(one.status(), 200);
  EXPECT_THAT(ids(one), ElementsAre("project-1"));
  EXPECT_EQ(one["projects"].items()[0]["name"].string(), "cn-north-4");
  EXPECT_THAT(ids(named("twice")), ElementsAre("project-2", "project-3"));
  const Answer none = named("cn-north-1");
  EXPECT_EQ(none.status(), 200);
  EXPECT_TRUE(none["projects"].is_array());
  EXPECT_THAT(ids(none), IsEmpty());
  EXPECT_THAT(ids(projects(signed_get(kProjects, "AK", "SK"))), ElementsAre("project-1", "project-2", "project-3"));
}

TEST_F(IamCalls, TheProjectsForATokenOrAnIssuedKey) {
  const std::string token = password_token().header("X-Subject-Token");
  EXPECT_EQ(ask("GET", kProjects, "", {{"X-Auth-Token", token}}).status(), 200);
  const TemporaryKey key = platform_.authenticator().identities().issue_key(seconds(10));
  const std::string secret_key(key.secret_key.view());
  const std::string security_token(key.security_token.view());
  EXPECT_EQ(projects(signed_get(kProjects, key.access_key, secret_key, security_token)).status(), 200);
  EXPECT_EQ(projects(signed_get(kProjects, key.access_key, secret_key)).status(), 401);
}

TEST_F(IamCalls, NoProjectsWithoutASignatureOfIam) {
  const Answer wrong = projects(signed_get(kProjects, "AK", "SK2"));
  EXPECT_EQ(wrong.status(), 401);
  EXPECT_EQ(wrong.code(), "APIGW.0301");
  EXPECT_THAT(wrong.text("error_msg"), HasSubstr("verify aksk signature fail, canonicalRequest:GET|/v3/projects/|"));
  EXPECT_EQ(wrong.text("request_id"), wrong.header("X-Request-Id"));
  EXPECT_THAT(ids(wrong), IsEmpty());

  const Answer derived = projects(signed_get(kProjects, "AK", "SK", "", Algorithm::kDerived));
  EXPECT_EQ(derived.status(), 401);
  EXPECT_EQ(derived.code(), "APIGW.0301");
  behave(R"({"signing":"derived"})");
  EXPECT_EQ(projects(signed_get(kProjects, "AK", "SK")).status(), 200);

  EXPECT_EQ(
      ask("GET", kProjects).response.body,
      R"({"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}})");
  EXPECT_EQ(ask("GET", kProjects, "", {{"X-Auth-Token", "unknown"}}).response.body,
            R"({"error":{"code":401,"message":"The X-Auth-Token is invalid!","title":"Unauthorized"}})");
}

TEST_F(IamCalls, WrongSignaturesForIamLockTheKeyOfThePlatform) {
  for (int i = 0; i < 6; ++i) projects(signed_get(kProjects, "AK", "SK2"));
  EXPECT_THAT(projects(signed_get(kProjects, "AK", "SK")).text("error_msg"), HasSubstr("failed to reach the limit"));
  EXPECT_EQ(list_with_key("AK", "SK", ""), 401);
  EXPECT_EQ(platform_.authenticator().counts().lockouts, 1);
}

TEST_F(IamCalls, ATokenForAnIdToken) {
  const Answer answer = id_token("jwt-1");
  EXPECT_EQ(answer.status(), 201);
  EXPECT_EQ(answer["token"]["expires_at"].string(), in(86'400));
  EXPECT_EQ(list_with_token(answer.header("X-Subject-Token")), 201);
  EXPECT_EQ(id_token("jwt-2").status(), 201);
}

TEST_F(IamCalls, NoTokenForAnotherIdToken) {
  for (const char* token : {"jwt-3", "", "jwt-1\\n", "jwt"}) {
    const Answer answer = id_token(token);
    EXPECT_EQ(answer.response.body,
              R"({"error":{"code":401,"message":"The ID token is invalid.","title":"Unauthorized"}})");
    EXPECT_EQ(answer.status(), 401);
  }
  EXPECT_EQ(id_token("jwt-1", {}).status(), 400);
  EXPECT_EQ(ask("POST", kIdTokens, R"({"auth":{}})", {{"X-Idp-Id", "idp"}}).status(), 400);
}

TEST_F(IamCalls, IdTokensAreReadForEachRequest) {
  write_file("id-1", "jwt-3");
  EXPECT_EQ(id_token("jwt-1").status(), 401);
  EXPECT_EQ(id_token("jwt-3").status(), 201);
  EXPECT_EQ(assume("jwt-3").status(), 200);
  std::filesystem::remove(folder_ + "/id-1");
  EXPECT_EQ(id_token("jwt-3").status(), 401);
  EXPECT_EQ(id_token("jwt-2").status(), 201);
}

TEST_F(IamCalls, AKeyForAToken) {
  const std::string token = id_token("jwt-1").header("X-Subject-Token");
  const Answer answer = security_token(token, R"(,"duration_seconds":21600)");
  EXPECT_EQ(answer.status(), 201);
  EXPECT_EQ(answer["credential"]["expires_at"].string(), in(21'600));
  EXPECT_EQ(list_with_credential(answer), 201);
  clock_.advance(seconds(21'600));
  EXPECT_EQ(list_with_credential(answer), 401);
  EXPECT_EQ(security_token(token)["credential"]["expires_at"].string(), in(900));
}

TEST_F(IamCalls, NoKeyForAnInvalidTokenOrDuration) {
  const std::string token = id_token("jwt-1").header("X-Subject-Token");
  for (const char* given : {"899", "86401", "\"900\"", "-1"}) {
    EXPECT_EQ(security_token(token, std::string(R"(,"duration_seconds":)") + given).status(), 400) << given;
  }
  EXPECT_EQ(security_token(token, R"(,"duration_seconds":86400)").status(), 201);
  EXPECT_EQ(security_token("unknown").response.body,
            R"({"error":{"code":401,"message":"The X-Auth-Token is invalid!","title":"Unauthorized"}})");
  EXPECT_EQ(ask("POST", kSecurityTokens, R"({"auth":{"identity":{"methods":["token"]}}})").status(), 401);
  EXPECT_EQ(ask("POST", kSecurityTokens, R"({"auth":{"identity":{"methods":["x"],"token":{"id":")" + token + R"("}}}})")
                .status(),
            400);
  EXPECT_EQ(ask("POST", kSecurityTokens, "{").status(), 400);
  clock_.advance(seconds(86'400));
  EXPECT_EQ(security_token(token).status(), 401);
}

TEST_F(IamCalls, AKeyOfAnAgencyForAnIdToken) {
  const Answer answer = assume("jwt-2", "session", R"(,"duration_seconds":43200)");
  EXPECT_EQ(answer.status(), 200);
  const json::Value credentials = answer["credentials"];
  EXPECT_EQ(credentials["expiration"].string(), in(43'200));
  const auto list = [&] { return list_with(credentials, "access_key_id", "secret_access_key", "security_token"); };
  EXPECT_EQ(list(), 201);
  clock_.advance(seconds(43'200));
  EXPECT_EQ(list(), 401);
  EXPECT_EQ(assume("jwt-2")["credentials"]["expiration"].string(), in(3'600));
}

TEST_F(IamCalls, NoKeyOfAnAgencyForOtherInput) {
  const Answer wrong = assume("jwt-3");
  EXPECT_EQ(wrong.status(), 401);
  EXPECT_THAT(wrong.code(), HasSubstr("STS5."));
  EXPECT_EQ(wrong.text("error_msg"), "the id_token is invalid");
  EXPECT_EQ(wrong.text("request_id"), wrong.header("X-Request-Id"));

  const auto refused = [&](const Answer& answer, const char* member) {
    return answer.status() == 400 && answer.text("error_msg").starts_with(member);
  };
  write_file("id-1", "abc");
  EXPECT_TRUE(refused(assume("abc"), "id_token"));
  write_file("id-1", std::string(20'000, 'x'));
  EXPECT_EQ(assume(std::string(20'000, 'x')).status(), 200);
  write_file("id-1", std::string(20'001, 'x'));
  EXPECT_TRUE(refused(assume(std::string(20'001, 'x')), "id_token"));
  EXPECT_TRUE(refused(assume("jwt-2", "s"), "agency_session_name"));
  EXPECT_TRUE(refused(assume("jwt-2", std::string(129, 's')), "agency_session_name"));
  EXPECT_EQ(assume("jwt-2", "ss").status(), 200);
  EXPECT_EQ(assume("jwt-2", std::string(128, 's')).status(), 200);
  EXPECT_TRUE(refused(assume("jwt-2", "session", R"(,"duration_seconds":899)"), "duration_seconds"));
  EXPECT_TRUE(refused(assume("jwt-2", "session", R"(,"duration_seconds":43201)"), "duration_seconds"));
  EXPECT_TRUE(refused(ask("POST", kAssume, R"({"agency_urn":"a","agency_session_name":"ss","id_token":"jwt-2"})"),
                      "provider_urn"));
  EXPECT_TRUE(refused(ask("POST", kAssume, R"({"provider_urn":"a","agency_session_name":"ss","id_token":"jwt-2"})"),
                      "agency_urn"));
  EXPECT_EQ(ask("POST", kAssume, "{").status(), 400);
}

TEST_F(IamCalls, AKeyForAPod) {
  const Answer answer = pod("pod-token");
  EXPECT_EQ(answer.status(), 200);
  const json::Value credentials = answer["credentials"];
  EXPECT_EQ(credentials["expiration"].string(), base::to_rfc3339(clock_.system_now() + seconds(21'600)));
  const auto list = [&] { return list_with(credentials, "accessKeyId", "secretAccessKey", "securityToken"); };
  EXPECT_EQ(list(), 201);
  clock_.advance(seconds(21'600));
  EXPECT_EQ(list(), 401);
}

TEST_F(IamCalls, NoKeyForAPodWithoutItsToken) {
  EXPECT_EQ(pod("Bearer pod-token").status(), 401);
  EXPECT_EQ(pod("pod-token2").status(), 401);
  EXPECT_EQ(pod("").status(), 401);
  EXPECT_EQ(ask("POST", kPod, "{}").status(), 401);
  EXPECT_EQ(pod("pod-token", "").status(), 400);
  EXPECT_EQ(pod("pod-token", R"({"a":1})").status(), 400);
  write_file("pod", "pod-token2");
  EXPECT_EQ(pod("pod-token").status(), 401);
  EXPECT_EQ(pod("pod-token2").status(), 200);
  write_file("pod", "");
  EXPECT_EQ(pod("").status(), 401);
}

TEST_F(IamCalls, AKeyOfTheMachine) {
  const Answer created = session();
  EXPECT_EQ(created.status(), 200);
  const Answer answer = metadata_key(created.response.body);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer["credential"]["expires_at"].string(), in(86'400));
  EXPECT_EQ(list_with_credential(answer), 201);
  clock_.advance(seconds(86'400));
  EXPECT_EQ(list_with_credential(answer), 401);
}

TEST_F(IamCalls, AMetadataSessionWithALifetime) {
  for (const char* ttl : {"", "0", "21601", "x", "-1"}) EXPECT_EQ(session(ttl).status(), 400) << ttl;
  EXPECT_EQ(ask("PUT", kSession).status(), 400);
  const std::string token = session("10").response.body;
  clock_.advance(seconds(9));
  EXPECT_EQ(metadata_key(token).status(), 200);
  clock_.advance(seconds(1));
  EXPECT_EQ(metadata_key(token).status(), 401);
}

TEST_F(IamCalls, MetadataSessionsAreRequiredOptionalOrAbsent) {
  EXPECT_EQ(ask("GET", kMetadataKey).status(), 401);
  EXPECT_EQ(metadata_key("unknown").status(), 401);
  behave_iam(R"({"metadata_sessions":"optional"})");
  EXPECT_EQ(ask("GET", kMetadataKey).status(), 200);
  EXPECT_EQ(metadata_key("unknown").status(), 401);
  EXPECT_EQ(metadata_key(session().response.body).status(), 200);
  behave_iam(R"({"metadata_sessions":"absent"})");
  EXPECT_EQ(session().status(), 404);
  EXPECT_EQ(ask("GET", kMetadataKey).status(), 200);
  EXPECT_EQ(metadata_key("unknown").status(), 200);
}

TEST_F(IamCalls, NoKeyOfAMachineWithoutAnAgency) {
  const std::string token = session().response.body;
  behave_iam(R"({"agency":false})");
  const Answer answer = metadata_key(token);
  EXPECT_EQ(answer.status(), 404);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain");
  EXPECT_EQ(metadata_key("unknown").status(), 401);
  behave_iam(R"({"agency":true})");
  EXPECT_EQ(metadata_key(token).status(), 200);
}

}  // namespace
}  // namespace simulator
