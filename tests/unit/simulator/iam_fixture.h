#pragma once

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

#include "base/time_format.h"
#include "simulator/iam.h"
#include "unit/simulator/platform_fixture.h"
#include "unit/simulator/signing.h"

namespace simulator {

/// A platform that accepts the key "AK", with an IAM, and short ways to call it.
class IamFixture : public PlatformFixture {
 protected:
  static constexpr const char* kTokens = "/v3/auth/tokens";
  static constexpr const char* kProjects = "/v3/projects";
  static constexpr const char* kIdTokens = "/v3.0/OS-AUTH/id-token/tokens";
  static constexpr const char* kSecurityTokens = "/v3.0/OS-CREDENTIAL/securitytokens";
  static constexpr const char* kAssume = "/v5/agencies/assume-with-oidc";
  static constexpr const char* kPod = "/v1/pod-identity/credentials";
  static constexpr const char* kSession = "/meta-data/latest/api/token";
  static constexpr const char* kMetadataKey = "/openstack/latest/securitykey";

  IamFixture() {
    platform_.authenticator().replace_access_key("AK", base::Secret::copy_of("SK"));
    write_file("id-1", "jwt-1");
    write_file("id-2", "jwt-2\n");
    write_file("pod", "pod-token\n");
  }
  ~IamFixture() override { std::filesystem::remove_all(folder_); }

  void write_file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
  }

  Answer ask(const char* method, const std::string& target, const std::string& body = {},
             std::vector<server::Header> headers = {}) {
    headers.emplace_back("Content-Type", "application/json;charset=utf8");
    return Answer(iam_.handle({method, target, std::move(headers), body}));
  }

  Answer password_token(const std::string& password = "password-1", const std::string& user = "user-1",
                        const std::string& domain = "domain-1",
                        const std::string& project = R"({"name":"cn-north-4"})") {
    return ask("POST", kTokens,
               R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":")" + user +
                   R"(","password":")" + password + R"(","domain":{"name":")" + domain +
                   R"("}}}},"scope":{"project":)" + project + "}}}");
  }

  Answer id_token(const std::string& token, std::vector<server::Header> headers = {{"X-Idp-Id", "idp"}}) {
    return ask("POST", kIdTokens, R"({"auth":{"id_token":{"id":")" + token + R"("}}})", std::move(headers));
  }

  /// `rest` is appended to the members of the token.
  Answer security_token(const std::string& token, const std::string& rest = {}) {
    return ask("POST", kSecurityTokens,
               R"({"auth":{"identity":{"methods":["token"],"token":{"id":")" + token + "\"" + rest + "}}}}");
  }

  Answer assume(const std::string& token, const std::string& session = "session", const std::string& rest = {}) {
    return ask("POST", kAssume,
               R"({"provider_urn":"p","agency_urn":"a","agency_session_name":")" + session + R"(","id_token":")" +
                   token + "\"" + rest + "}");
  }

  Answer pod(const std::string& authorization, const std::string& body = "{}") {
    return ask("POST", kPod, body, {{"Authorization", authorization}});
  }

  Answer session(const std::string& ttl = "21600") {
    return ask("PUT", kSession, "", {{"X-Metadata-Token-Ttl-Seconds", ttl}});
  }
  Answer metadata_key(const std::string& session) {
    return ask("GET", kMetadataKey, "", {{"X-Metadata-Token", session}});
  }

  void behave_iam(std::string_view changes) {
    const auto changed = iam_.change_behaviour(json::Document::parse(changes)->root());
    ASSERT_TRUE(changed.ok()) << changed.error();
  }

  /// A GET that is signed with an access key.
  server::Request signed_get(const std::string& target, const std::string& access_key, const std::string& secret_key,
                             const std::string& security_token = {}, Algorithm algorithm = Algorithm::kStandard) {
    const std::string date = base::to_compact(clock_.system_now());
    server::Request request{.method = "GET", .target = target, .headers = {{"Host", "h"}, {"X-Sdk-Date", date}}};
    std::vector<std::string> names = {"host", "x-sdk-date"};
    if (!security_token.empty()) {
      request.headers.emplace_back("X-Security-Token", security_token);
      names.emplace_back("x-security-token");
    }
    sign(request, algorithm, secret_key, date.substr(0, 8) + "/cn-north-4/iotdm", access_key, names);
    return request;
  }

  /// The status of a list of the platform with this token or key.
  int list_with_token(const std::string& token) {
    return platform_.handle({"GET", kCertificates, {{"X-Auth-Token", token}}, {}}).status;
  }
  int list_with_key(const std::string& access_key, const std::string& secret_key, const std::string& security_token) {
    return platform_.handle(signed_get(kCertificates, access_key, secret_key, security_token)).status;
  }
  /// The same with the members of an answer, which different services name differently.
  int list_with(json::Value key, const char* access, const char* secret, const char* token) {
    return list_with_key(key[access].string_or(""), key[secret].string_or(""), key[token].string_or(""));
  }
  int list_with_credential(const Answer& answer) {
    return list_with(answer["credential"], "access", "secret", "securitytoken");
  }

  std::string in(int seconds) { return base::to_rfc3339_micro(clock_.system_now() + std::chrono::seconds(seconds)); }

 private:
  static std::string make_folder() {
    std::string name = ::testing::TempDir() + "/iam-XXXXXX";
    return ::mkdtemp(name.data());
  }
  static IamSettings iam_settings(const std::string& folder) {
    IamSettings s;
    s.user = {"domain-1", "user-1", base::Secret::copy_of("password-1")};
    s.projects = {{"cn-north-4", "project-1"}, {"twice", "project-2"}, {"twice", "project-3"}};
    s.oidc_token_files = {folder + "/id-1", folder + "/id-2"};
    s.pod_token_file = folder + "/pod";
    return s;
  }

 protected:
  const std::string folder_ = make_folder();
  Iam iam_{iam_settings(folder_), platform_, clock_};
};

}  // namespace simulator
