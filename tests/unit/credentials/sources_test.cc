// What each source asks for and makes of the answers, without a network.
#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "base/time_format.h"
#include "credentials/ambient.h"
#include "credentials/iam.h"
#include "credentials/secret_sources.h"
#include "os/fake_clock.h"

namespace credentials {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Code = Failure::Code;

constexpr const char* kKey =
    R"({"credential":{"access":"TEMPORARY","secret":"SK","securitytoken":"ST","expires_at":"2026-06-08T08:39:00.574000Z"}})";

class SourcesTest : public ::testing::Test {
 protected:
  struct Sent {
    std::string url;
    std::string method;
    std::string body;
    std::string header(const char* name) const { return std::string(request.headers.get(name).value_or("")); }
    http::Request request{};
    std::optional<Service> service{};
  };

  SourcesTest() {
    ports_.environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    ports_.read_file = [this](const std::string& path) -> base::Result<base::Secret, std::string> {
      const auto found = files_.find(path);
      if (found == files_.end()) return base::Err(path + ": No such file or directory");
      return base::Secret::copy_of(found->second);
    };
    ports_.send = [this](Service service, const http::Origin& to, const http::Route& /*route*/,
                         const http::Request& request,
                         std::stop_token /*stop*/) -> base::Result<http::Response, http::Error> {
      Sent sent{to.to_string() + request.target, request.method, std::string(request.body.view())};
      sent.request.headers = request.headers;
      sent.request.authorization = request.authorization;
      sent.service = service;
      sent_.push_back(std::move(sent));
      if (answers_.empty()) return base::Err(http::Error{http::Error::Code::kRefused, "no route"});
      auto answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    };
  }

  void answer(int status, std::string body, const char* token = nullptr) {
    http::Response response{status, {}, std::move(body)};
    if (token != nullptr) response.headers.set("X-Subject-Token", token);
    answers_.emplace_back(std::move(response));
  }
  std::unique_ptr<Source> source(std::string_view type, const Oidc& oidc = {}) {
    for (const AmbientSource& row : ambient_sources()) {
      if (row.type == type) return row.make(ports_, iam_, oidc);
    }
    return first_ambient_source(ports_, iam_, oidc);
  }
  Result<cloud::Credentials> fetch(std::string_view type, const Oidc& oidc = {}) {
    return source(type, oidc)->fetch({});
  }

  os::FakeClock clock_{*base::parse_rfc3339("2026-06-08T02:39:00Z")};
  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> files_;
  std::deque<base::Result<http::Response, http::Error>> answers_;
  std::vector<Sent> sent_;
  Ports ports_{nullptr, nullptr, nullptr, clock_};
  Iam iam_{*http::parse_origin("https://iam.test"), *http::parse_origin("https://sts.test"), "test-1", {}};
};

TEST_F(SourcesTest, AllSpellingsOfATemporaryKeyAreRead) {
  environment_ = {{"HC_CONTAINER_CREDENTIALS_FULL_URI", "https://pod.test/v1/x?y=1"},
                  {"HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}};
  files_["/token"] = "pod-token\n";
  for (
      const char* body :
      {kKey,
       R"({"credentials":{"accessKeyId":"TEMPORARY","secretAccessKey":"SK","securityToken":"ST","expiration":"2026-06-08T08:39:00Z"}})",
       R"({"credentials":{"access_key_id":"TEMPORARY","secret_access_key":"SK","security_token":"ST","expiration":"2026-06-08T08:39:00Z"}})"}) {
    answer(200, body);
    const auto got = fetch("PodIdentity");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->access_key, "TEMPORARY");
    EXPECT_EQ(got->secret_key.view(), "SK");
    EXPECT_EQ(got->security_token.view(), "ST");
    EXPECT_EQ(base::to_rfc3339(*got->expires), "2026-06-08T08:39:00Z");
  }
  EXPECT_EQ(sent_.front().url, "https://pod.test/v1/x?y=1");
  EXPECT_EQ(sent_.front().method, "POST");
  EXPECT_EQ(sent_.front().body, "{}");
  EXPECT_EQ(sent_.front().request.authorization->view(), "pod-token");
}

TEST_F(SourcesTest, AnIncompleteKeyIsNotUsed) {
  environment_ = {{"HC_CONTAINER_CREDENTIALS_FULL_URI", "https://pod.test"},
                  {"HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}};
  files_["/token"] = "t";
  for (const char* body : {"", "not JSON", "{}", R"({"credential":{"access":"A"}})",
                           R"({"credential":{"access":"A","secret":"S","securitytoken":"T"}})",
                           R"({"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"soon"}})"}) {
    answer(200, body);
    const auto got = fetch("PodIdentity");
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().code, Code::kUnavailable);
  }
}

TEST_F(SourcesTest, ThePodIdentityStaysOnTheNodeOrIsEncrypted) {
  environment_["HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  files_["/token"] = "t";
  for (const char* uri : {"http://example.com/x", "ftp://127.0.0.1/x", "nonsense", "http://10.0.0.1/"}) {
    environment_["HC_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    EXPECT_EQ(fetch("PodIdentity").error().code, Code::kInvalid) << uri;
  }
  EXPECT_TRUE(sent_.empty());
  for (const char* uri : {"http://127.0.0.1:1/x", "http://169.254.170.23/x", "https://example.com/x"}) {
    environment_["HC_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    answer(200, kKey);
    EXPECT_TRUE(fetch("PodIdentity")) << uri;
    EXPECT_EQ(sent_.back().service, Service::kPodIdentity);
  }
}

TEST_F(SourcesTest, TheMetadataServiceIsAskedWithASessionWhereItHasThem) {
  answer(200, "session-1");
  answer(200, kKey);
  EXPECT_TRUE(fetch("InstanceMetadata"));
  EXPECT_EQ(sent_.at(0).url, "http://169.254.169.254/meta-data/latest/api/token");
  EXPECT_EQ(sent_.at(0).header("X-Metadata-Token-Ttl-Seconds"), "21600");
  EXPECT_EQ(sent_.at(1).url, "http://169.254.169.254/openstack/latest/securitykey");
  EXPECT_EQ(sent_.at(1).header("X-Metadata-Token"), "session-1");
  for (const Sent& sent : sent_) EXPECT_EQ(sent.service, Service::kInstanceMetadata);
  for (const int without : {404, 405, 503}) {
    sent_.clear();
    answer(without, "");
    answer(200, kKey);
    EXPECT_TRUE(fetch("InstanceMetadata"));
    EXPECT_EQ(sent_.at(1).header("X-Metadata-Token"), "");
  }
}

TEST_F(SourcesTest, AMetadataServiceThatNeverAnsweredIsAbsentAndOneThatDidIsOut) {
  const auto metadata = source("InstanceMetadata");
  EXPECT_EQ(metadata->fetch({}).error().code, Code::kAbsent);
  answer(404, "");
  answer(200, kKey);
  EXPECT_TRUE(metadata->fetch({}));
  EXPECT_EQ(metadata->fetch({}).error().code, Code::kUnavailable);
}

TEST_F(SourcesTest, OidcAsksStsForTheAgency) {
  environment_["HUAWEICLOUD_SDK_ID_TOKEN_FILE"] = "/jwt";
  files_["/jwt"] = "a.jwt.\"x\"\n";
  answer(200, kKey);
  ASSERT_TRUE(fetch("OIDC", {"", TrustAgency{"provider", "agency"}}));
  EXPECT_EQ(sent_.at(0).url, "https://sts.test/v5/agencies/assume-with-oidc");
  EXPECT_EQ(sent_.at(0).service, Service::kSts);
  EXPECT_EQ(sent_.at(0).body,
            R"({"provider_urn":"provider","agency_urn":"agency","agency_session_name":"iotda-operator",)"
            R"("id_token":"a.jwt.\"x\"","duration_seconds":3600})");
}

TEST_F(SourcesTest, OidcWithAnIdentityProviderAsksForATokenThenForAKey) {
  environment_ = {{"HUAWEICLOUD_SDK_ID_TOKEN_FILE", "/jwt"}, {"HUAWEICLOUD_SDK_IDP_ID", "from-the-environment"}};
  files_["/jwt"] = "jwt";
  answer(201, R"({"token":{}})", "user-token");
  answer(201, kKey);
  ASSERT_TRUE(fetch("OIDC"));
  EXPECT_EQ(sent_.at(0).url, "https://iam.test/v3.0/OS-AUTH/id-token/tokens");
  EXPECT_EQ(sent_.at(0).header("X-Idp-Id"), "from-the-environment");
  EXPECT_EQ(sent_.at(1).url, "https://iam.test/v3.0/OS-CREDENTIAL/securitytokens");
  for (const Sent& sent : sent_) EXPECT_EQ(sent.service, Service::kIam);
  EXPECT_THAT(sent_.at(1).body, HasSubstr(R"("token":{"id":"user-token","duration_seconds":21600})"));
}

TEST_F(SourcesTest, OidcSaysWhatIsMissing) {
  EXPECT_EQ(fetch("OIDC").error().code, Code::kAbsent);
  environment_["HUAWEICLOUD_SDK_ID_TOKEN_FILE"] = "/jwt";
  EXPECT_THAT(fetch("OIDC").error().message, HasSubstr("spec.credentials.oidc"));
  const Oidc agency{"", TrustAgency{"p", "a"}};
  EXPECT_THAT(fetch("OIDC", agency).error().message, HasSubstr("/jwt: No such file"));
  files_["/jwt"] = "\n";
  EXPECT_THAT(fetch("OIDC", agency).error().message, HasSubstr("/jwt is empty"));
  EXPECT_TRUE(sent_.empty());
}

TEST_F(SourcesTest, ASecretThatCannotBeUsedSaysSoEachTime) {
  const auto source = make_access_key_source({"Secret ns/key",
                                              {"accessKey", base::Secret::copy_of("ACCESSKEYOFTHETEST")},
                                              {"secretKey", base::Secret()},
                                              {"securityToken", base::Secret()}});
  for (int i = 0; i < 2; ++i) EXPECT_THAT(source->fetch({}).error().message, HasSubstr("key secretKey is missing"));
}

TEST_F(SourcesTest, AFileIsReadLikeTheSdksDo) {
  environment_["HOME"] = "/home/x";
  files_["/home/x/.huaweicloud/credentials"] =
      "# keys\n[other]\nak = WRONGWRONGWRONG\n\n[ basic ]\n; mine\nak=ACCESSKEYOFTHETEST\nsk = "
      "SecretKeyOfTheTest0123456789\n";
  const auto got = fetch("CredentialsFile");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->access_key, "ACCESSKEYOFTHETEST");
  EXPECT_EQ(got->secret_key.view(), "SecretKeyOfTheTest0123456789");
  files_.begin()->second = "[other]\nak=x\n";
  EXPECT_EQ(fetch("CredentialsFile").error().code, Code::kInvalid);
  files_.clear();
  EXPECT_EQ(fetch("CredentialsFile").error().code, Code::kAbsent);
  environment_["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] = "/elsewhere";
  EXPECT_EQ(fetch("CredentialsFile").error().code, Code::kInvalid) << "who names a file wants it";
}

TEST_F(SourcesTest, AmbientGoesOnPastWhatIsAbsentAndStopsAtWhatFails) {
  environment_["HOME"] = "/home/x";
  auto ambient = source("Ambient");
  answer(404, "");
  answer(200, kKey);
  const auto got = ambient->fetch({});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->origin, "instance metadata");

  environment_["HUAWEICLOUD_SDK_AK"] = "ACCESSKEYOFTHETEST";
  const auto half = fetch("Ambient");
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, Code::kInvalid);
  EXPECT_THAT(half.error().message, HasSubstr("HUAWEICLOUD_SDK_SK"));
  answer(404, "");
  answer(200, kKey);
  EXPECT_TRUE(ambient->fetch({})) << "the source that was taken stays";
}

TEST_F(SourcesTest, ATokenIsForTheProjectAndLastsAsIamSays) {
  const auto make = [&](std::string project) {
    return make_token_source(ports_, iam_, std::move(project),
                             {"Secret ns/user",
                              {"domain", base::Secret::copy_of("account")},
                              {"username", base::Secret::copy_of("user")},
                              {"password", base::Secret::copy_of("pass\"word")}});
  };
  answer(201, R"({"token":{"expires_at":"2026-06-09T02:39:00.000000Z"}})", "token-1");
  const auto got = make("p1")->fetch({});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(got->is_token());
  EXPECT_EQ(got->token.view(), "token-1");
  EXPECT_EQ(base::to_rfc3339(*got->expires), "2026-06-09T02:39:00Z");
  EXPECT_EQ(sent_.at(0).url, "https://iam.test/v3/auth/tokens?nocatalog=true");
  EXPECT_EQ(sent_.at(0).body,
            R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"user",)"
            R"("password":"pass\"word","domain":{"name":"account"}}}},"scope":{"project":{"id":"p1"}}}})");
  answer(201, "{}", "token-2");
  EXPECT_EQ(base::to_rfc3339(*make("")->fetch({})->expires), "2026-06-09T02:39:00Z") << "a day, if IAM does not say";
  EXPECT_THAT(sent_.at(1).body, HasSubstr(R"("scope":{"project":{"name":"test-1"}})"));
}

TEST_F(SourcesTest, AnErrorOfIamIsQuotedWithoutWhatWasSent) {
  const auto token = make_token_source(ports_, iam_, "p",
                                       {"Secret ns/user",
                                        {"domain", base::Secret::copy_of("account")},
                                        {"username", base::Secret::copy_of("user")},
                                        {"password", base::Secret::copy_of("correcthorsebattery")}});
  answer(401, R"({"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}})");
  const auto rejected = token->fetch({});
  EXPECT_EQ(rejected.error().code, Code::kRejected);
  EXPECT_THAT(rejected.error().message, HasSubstr("The username or password is wrong."));
  EXPECT_THAT(rejected.error().message, HasSubstr("https://iam.test"));
  answer(400, R"({"error":{"message":"bad password correcthorsebattery"}})");
  EXPECT_THAT(token->fetch({}).error().message, Not(HasSubstr("correcthorse")));
  answer(503, "");
  EXPECT_EQ(token->fetch({}).error().code, Code::kUnavailable);
  answer(201, "{}");
  EXPECT_THAT(token->fetch({}).error().message, HasSubstr("X-Subject-Token"));
}

TEST_F(SourcesTest, TheProjectOfARegionIsTheOnlyOneWithItsName) {
  auto credentials = std::make_shared<cloud::Credentials>();
  credentials->access_key = "AK";
  credentials->secret_key = base::Secret::copy_of("SK");
  answer(200, R"({"projects":[{"id":"p1","name":"test-1"}]})");
  EXPECT_EQ(*project_of_region(ports_, iam_, credentials, {}), "p1");
  EXPECT_EQ(sent_.at(0).url, "https://iam.test/v3/projects?name=test-1");
  EXPECT_THAT(sent_.at(0).header("Authorization"), HasSubstr("SDK-HMAC-SHA256 Access=AK"));
  answer(200, R"({"projects":[]})");
  EXPECT_EQ(project_of_region(ports_, iam_, credentials, {}).error().code, Code::kAmbiguous);
  answer(200, R"({"projects":[{"id":"p1"},{"id":"p2"}]})");
  EXPECT_THAT(project_of_region(ports_, iam_, credentials, {}).error().message, HasSubstr("2 projects"));
  answer(200, R"({"projects":[{"name":"test-1"}]})");
  EXPECT_EQ(project_of_region(ports_, iam_, credentials, {}).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace credentials
