#include "simulator/authenticator.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "os/fake_clock.h"
#include "simulator/signature.h"
#include "unit/simulator/signing.h"

namespace simulator {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Credentials credentials() {
  Credentials c;
  c.tokens.push_back(base::Secret::copy_of("token-1"));
  c.tokens.push_back(base::Secret::copy_of("token-2"));
  c.access_key = "AK";
  c.secret_key = base::Secret::copy_of("SK");
  c.region = "cn-north-4";
  return c;
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  server::Request request_signed(Algorithm algorithm, const char* secret_key = "SK",
                                 const char* scope_end = "/cn-north-4/iotdm", const char* access_key = "AK") {
    const std::string date = base::to_compact(clock_.system_now());
    server::Request request{.method = "GET",
                            .target = "/v5/iot/p/server-certificates?limit=50",
                            .headers = {{"Host", "h"}, {"X-Sdk-Date", date}}};
    sign(request, algorithm, secret_key, date.substr(0, 8) + scope_end, access_key, {"host", "x-sdk-date"});
    return request;
  }

  /// Signed with a key that was issued, with the security token if it is not empty.
  server::Request request_with(const TemporaryKey& key, std::string_view security_token) {
    const std::string date = base::to_compact(clock_.system_now());
    server::Request request{.method = "GET", .target = "/", .headers = {{"X-Sdk-Date", date}}};
    std::vector<std::string> names = {"x-sdk-date"};
    if (!security_token.empty()) {
      request.headers.emplace_back("X-Security-Token", security_token);
      names.emplace_back("x-security-token");
    }
    sign(request, Algorithm::kStandard, key.secret_key.view(), "", key.access_key, names);
    return request;
  }

  std::optional<Refusal> check(const server::Request& request) {
    const auto refused = authenticator_.check(request, behaviour_);
    return refused ? std::optional(refused->why) : std::nullopt;
  }

  os::FakeClock clock_{*base::parse_rfc3339("2026-06-08T02:39:00Z")};
  Authenticator authenticator_{credentials(), clock_};
  Behaviour behaviour_;
};

TEST_F(AuthenticatorTest, AcceptsThePublishedSignaturesOfThisApi) {
  Credentials published;
  published.access_key = "AccessKey";
  published.secret_key = base::Secret::copy_of("SecretKey");
  Authenticator authenticator(std::move(published), clock_);
  for (const char* authorization :
       {"V11-HMAC-SHA256 Credential=AccessKey/20260608/cn-north-4/iotdm, "
        "SignedHeaders=content-type;host;instance-id;x-project-id;x-sdk-date, "
        "Signature=1de096b414f31496ddbdd5a75d74b5ba92c710c546c01d3bf8f4e2c8502893e0",
        "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=content-type;host;instance-id;x-project-id;x-sdk-date, "
        "Signature=1d311e93e5885deb075202ecfdbec131da8957bc3f59dd7ec46b51d092170d90"}) {
    const server::Request request{.method = "POST",
                                  .target = "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates",
                                  .headers = {{"host", "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"},
                                              {"content-type", "application/json"},
                                              {"instance-id", "inst-1"},
                                              {"x-project-id", "0123456789abcdef0123456789abcdef"},
                                              {"x-sdk-date", "20260608T023900Z"},
                                              {"authorization", authorization}},
                                  .body = R"({"certificate_pem":"PEM","private_key":"KEY"})"};
    EXPECT_FALSE(authenticator.check(request, behaviour_));
    server::Request changed = request;
    changed.body += ' ';
    EXPECT_EQ(authenticator.check(changed, behaviour_)->why, Refusal::kSignatureMismatch);
  }
}

TEST_F(AuthenticatorTest, AcceptsBothAlgorithmsUnlessOneIsDemanded) {
  const auto derived = request_signed(Algorithm::kDerived);
  const auto standard = request_signed(Algorithm::kStandard);
  EXPECT_EQ(check(derived), std::nullopt);
  EXPECT_EQ(check(standard), std::nullopt);
  behaviour_.signing = Signing::kDerived;
  EXPECT_EQ(check(derived), std::nullopt);
  EXPECT_EQ(check(standard), Refusal::kWrongAlgorithm);
  behaviour_.signing = Signing::kStandard;
  EXPECT_EQ(check(derived), Refusal::kWrongAlgorithm);
  EXPECT_EQ(check(standard), std::nullopt);
}

TEST_F(AuthenticatorTest, NoticesEveryChangeOfASignedPart) {
  const auto request = request_signed(Algorithm::kDerived);
  ASSERT_EQ(check(request), std::nullopt);
  behaviour_.lockout = false;
  const auto refused_when = [&](auto change) {
    server::Request changed = request;
    change(changed);
    return check(changed) == Refusal::kSignatureMismatch;
  };
  EXPECT_TRUE(refused_when([](auto& r) { r.method = "DELETE"; }));
  EXPECT_TRUE(refused_when([](auto& r) { r.target += "&offset=1"; }));
  EXPECT_TRUE(refused_when([](auto& r) { r.body = "x"; }));
  EXPECT_TRUE(refused_when([](auto& r) { r.headers[0].second = "other"; }));
  EXPECT_TRUE(refused_when([](auto& r) { r.headers.erase(r.headers.begin()); }));
  EXPECT_FALSE(refused_when([](auto& r) { r.headers.emplace_back("X-Unsigned", "1"); }));
}

TEST_F(AuthenticatorTest, SaysWhichPartIsWrong) {
  EXPECT_EQ(check(request_signed(Algorithm::kStandard, "other")), Refusal::kSignatureMismatch);
  EXPECT_EQ(check(request_signed(Algorithm::kStandard, "SK", "", "AK2")), Refusal::kUnknownAccessKey);
  EXPECT_EQ(check(request_signed(Algorithm::kDerived, "SK", "/cn-north-1/iotdm")), Refusal::kSignatureMismatch);
  EXPECT_EQ(check(request_signed(Algorithm::kDerived, "SK", "/cn-north-4/ecs")), Refusal::kSignatureMismatch);
  EXPECT_EQ(check({.headers = {{"Authorization", "Basic x"}}}), Refusal::kMalformedAuthorization);
  EXPECT_EQ(check({}), Refusal::kMissingToken);
}

TEST_F(AuthenticatorTest, WantsTheDateAndASecurityTokenSigned) {
  const std::string date = base::to_compact(clock_.system_now());
  server::Request undated{.method = "GET", .target = "/", .headers = {{"Host", "h"}, {"X-Sdk-Date", date}}};
  sign(undated, Algorithm::kStandard, "SK", "", "AK", {"host"});
  EXPECT_EQ(check(undated), Refusal::kSignatureMismatch);

  server::Request temporary{
      .method = "GET", .target = "/", .headers = {{"X-Sdk-Date", date}, {"X-Security-Token", "t"}}};
  server::Request good = temporary;
  sign(temporary, Algorithm::kStandard, "SK", "", "AK", {"x-sdk-date"});
  EXPECT_EQ(check(temporary), Refusal::kSignatureMismatch);
  sign(good, Algorithm::kStandard, "SK", "", "AK", {"x-sdk-date", "x-security-token"});
  EXPECT_EQ(check(good), std::nullopt);
}

TEST_F(AuthenticatorTest, AllowsAQuarterOfAnHourBetweenTheClocks) {
  const auto request = request_signed(Algorithm::kStandard);
  clock_.advance(minutes(15));
  EXPECT_EQ(check(request), std::nullopt);
  clock_.advance(seconds(1));
  EXPECT_EQ(check(request), Refusal::kSignatureExpired);

  os::FakeClock behind(clock_.system_now() - minutes(32));
  Authenticator authenticator(credentials(), behind);
  EXPECT_EQ(authenticator.check(request, behaviour_)->why, Refusal::kSignatureExpired);
}

TEST_F(AuthenticatorTest, LocksAnAccessKeyForFiveMinutesAfterMoreThanFiveFailuresInARow) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(check(request_signed(Algorithm::kStandard, "wrong")), Refusal::kSignatureMismatch) << i;
  }
  EXPECT_EQ(check(request_signed(Algorithm::kStandard)), Refusal::kAccessKeyLocked);
  EXPECT_EQ(check(request_signed(Algorithm::kStandard, "SK", "", "AK2")), Refusal::kUnknownAccessKey);
  clock_.advance(minutes(5) - seconds(1));
  EXPECT_EQ(check(request_signed(Algorithm::kStandard)), Refusal::kAccessKeyLocked);
  clock_.advance(seconds(1));
  EXPECT_EQ(check(request_signed(Algorithm::kStandard)), std::nullopt);
}

TEST_F(AuthenticatorTest, ForgetsFailuresAtASuccess) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(check(request_signed(Algorithm::kStandard, "wrong")), Refusal::kSignatureMismatch);
    }
    EXPECT_EQ(check(request_signed(Algorithm::kStandard)), std::nullopt);
  }
}

TEST_F(AuthenticatorTest, NeverLocksWhereThatIsSwitchedOff) {
  behaviour_.lockout = false;
  for (int i = 0; i < 20; ++i) check(request_signed(Algorithm::kStandard, "wrong"));
  EXPECT_EQ(check(request_signed(Algorithm::kStandard)), std::nullopt);
  EXPECT_EQ(authenticator_.counts().lockouts, 0);
  EXPECT_EQ(authenticator_.counts().most_failures_in_a_row, 20);
}

TEST_F(AuthenticatorTest, TakesEveryTokenThatItWasGivenAndNoOther) {
  EXPECT_EQ(check({.headers = {{"X-Auth-Token", "token-1"}}}), std::nullopt);
  EXPECT_EQ(check({.headers = {{"x-auth-token", "token-2"}}}), std::nullopt);
  EXPECT_EQ(check({.headers = {{"X-Auth-Token", "token-3"}}}), Refusal::kInvalidToken);
  EXPECT_EQ(check({.headers = {{"X-Auth-Token", ""}}}), Refusal::kInvalidToken);
}

TEST_F(AuthenticatorTest, TakesAnIssuedTokenUntilItExpiresOrIsRevoked) {
  Identities& identities = authenticator_.identities();
  const base::Secret token = identities.issue(Identities::Kind::kToken, seconds(10));
  const server::Request request{.headers = {{"X-Auth-Token", std::string(token.view())}}};
  clock_.advance(seconds(9));
  EXPECT_EQ(check(request), std::nullopt);
  clock_.advance(seconds(1));
  EXPECT_EQ(check(request), Refusal::kTokenExpired);
  EXPECT_EQ(usual_answer(Refusal::kTokenExpired).status, 401);

  const base::Secret other = identities.issue(Identities::Kind::kToken, seconds(10));
  identities.revoke(Identities::Kind::kToken);
  EXPECT_EQ(check({.headers = {{"X-Auth-Token", std::string(other.view())}}}), Refusal::kTokenExpired);
  const base::Secret session = identities.issue(Identities::Kind::kSession, seconds(10));
  EXPECT_EQ(check({.headers = {{"X-Auth-Token", std::string(session.view())}}}), Refusal::kInvalidToken);
}

TEST_F(AuthenticatorTest, TakesAnIssuedKeyWithItsOwnSecurityTokenOnly) {
  Identities& identities = authenticator_.identities();
  const TemporaryKey key = identities.issue_key(seconds(10));
  const TemporaryKey other = identities.issue_key(seconds(10));
  EXPECT_EQ(check(request_with(key, key.security_token.view())), std::nullopt);
  EXPECT_EQ(check(request_with(key, "")), Refusal::kSignatureMismatch);
  EXPECT_EQ(check(request_with(key, other.security_token.view())), Refusal::kSignatureMismatch);
  const TemporaryKey mixed{key.access_key, other.secret_key.clone(), key.security_token.clone()};
  EXPECT_EQ(check(request_with(mixed, key.security_token.view())), Refusal::kSignatureMismatch);
  server::Request unsigned_token = request_with(key, "");
  unsigned_token.headers.emplace_back("X-Security-Token", key.security_token.view());
  EXPECT_EQ(check(unsigned_token), Refusal::kSignatureMismatch);
}

TEST_F(AuthenticatorTest, TakesAnIssuedKeyUntilItExpiresOrIsRevoked) {
  Identities& identities = authenticator_.identities();
  const TemporaryKey key = identities.issue_key(seconds(10));
  clock_.advance(seconds(9));
  EXPECT_EQ(check(request_with(key, key.security_token.view())), std::nullopt);
  clock_.advance(seconds(1));
  EXPECT_EQ(check(request_with(key, key.security_token.view())), Refusal::kAccessKeyExpired);
  EXPECT_EQ(usual_answer(Refusal::kAccessKeyExpired).status, 401);
  const TemporaryKey other = identities.issue_key(seconds(10));
  identities.revoke_keys();
  EXPECT_EQ(check(request_with(other, other.security_token.view())), Refusal::kAccessKeyExpired);
}

TEST_F(AuthenticatorTest, ReplacesThePermanentKey) {
  const auto before = request_signed(Algorithm::kStandard);
  const auto after = request_signed(Algorithm::kStandard, "SK2", "", "AK2");
  authenticator_.replace_access_key("AK2", base::Secret::copy_of("SK2"));
  EXPECT_EQ(check(before), Refusal::kUnknownAccessKey);
  EXPECT_EQ(check(after), std::nullopt);
  authenticator_.replace_access_key("", {});
  EXPECT_EQ(check(after), Refusal::kUnknownAccessKey);
}

TEST_F(AuthenticatorTest, CountsLocksAndFailuresInARow) {
  const auto fail = [&](int times) {
    for (int i = 0; i < times; ++i) check(request_signed(Algorithm::kStandard, "wrong"));
  };
  fail(4);
  check(request_signed(Algorithm::kStandard));
  fail(2);
  EXPECT_EQ(authenticator_.counts().most_failures_in_a_row, 4);
  EXPECT_EQ(authenticator_.counts().lockouts, 0);
  fail(4);
  EXPECT_EQ(authenticator_.counts().most_failures_in_a_row, 6);
  EXPECT_EQ(authenticator_.counts().lockouts, 1);
  fail(4);
  EXPECT_EQ(authenticator_.counts().most_failures_in_a_row, 6);
  EXPECT_EQ(authenticator_.counts().lockouts, 1);
}

TEST_F(AuthenticatorTest, ComparesDatesWithTheClockOfThePlatform) {
  const auto request = request_signed(Algorithm::kStandard);
  for (const minutes off : {minutes(16), minutes(-16)}) {
    behaviour_.skew = off;
    EXPECT_EQ(check(request), Refusal::kSignatureExpired) << off.count();
  }
  behaviour_.skew = minutes(15);
  EXPECT_EQ(check(request), std::nullopt);
}

TEST_F(AuthenticatorTest, EchoesTheCanonicalRequestLikeTheGateway) {
  const auto wrong = request_signed(Algorithm::kStandard, "wrong");
  const std::string date = base::to_compact(clock_.system_now());
  EXPECT_EQ(behaviour_.answer_to(*authenticator_.check(wrong, behaviour_)).message,
            "Incorrect IAM authentication information: verify aksk signature fail, "
            "canonicalRequest:GET|/v5/iot/p/server-certificates/|limit=50|host:h|x-sdk-date:" +
                date + "||host;x-sdk-date|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  behaviour_.signature_echo = false;
  EXPECT_EQ(behaviour_.answer_to(*authenticator_.check(wrong, behaviour_)).message,
            "Incorrect IAM authentication information: verify aksk signature fail");
}

TEST_F(AuthenticatorTest, TakesNoSignatureWithoutAnAccessKey) {
  Authenticator tokens_only({}, clock_);
  EXPECT_EQ(tokens_only.check(request_signed(Algorithm::kStandard, "", "", "AK"), behaviour_)->why,
            Refusal::kUnknownAccessKey);
}

}  // namespace
}  // namespace simulator
