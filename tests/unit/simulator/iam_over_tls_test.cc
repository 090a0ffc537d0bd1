#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "server/http_server.h"
#include "unit/server/test_client.h"
#include "unit/simulator/iam_fixture.h"

namespace simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// IAM and the platform behind real TLS servers.
class IamOverTls : public IamFixture {
 protected:
  static server::HttpServer start(server::Handler handler) {
    const test::Identity certificate = test::self_signed({});
    server::Options options;
    options.address = {"127.0.0.1", 0};
    options.tls = server::TlsIdentity{certificate.certificate, base::Secret(certificate.key_pem())};
    return server::HttpServer::start(std::move(options), std::move(handler)).value();
  }

  static std::string ask_over_tls(const server::HttpServer& server, const std::string& head,
                                  const std::string& body = {}) {
    test::Client client(server.address().port, test::Client::Security::kTls);
    client.send(head + "Host: h\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    return client.read();
  }

  static std::string header_of(const std::string& answer, const std::string& name) {
    const auto at = answer.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
  }

  server::HttpServer iam_server_ = start([this](const server::Request& r) { return iam_.handle(r); });
  server::HttpServer api_server_ = start([this](const server::Request& r) { return platform_.handle(r); });
};

TEST_F(IamOverTls, AnIssuedTokenListsCertificates) {
  const std::string body =
      R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"user-1","password":"password-1",)"
      R"("domain":{"name":"domain-1"}}}},"scope":{"project":{"name":"cn-north-4"}}}})";
  const std::string answer = ask_over_tls(iam_server_, "POST /v3/auth/tokens?nocatalog=true HTTP/1.1\r\n", body);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\n"));
  const std::string token = header_of(answer, "X-Subject-Token");
  EXPECT_GT(token.size(), 1000U);
  const std::string list = "GET " + std::string(kCertificates) + " HTTP/1.1\r\nX-Auth-Token: " + token + "\r\n";
  EXPECT_THAT(ask_over_tls(api_server_, list), StartsWith("HTTP/1.1 201 Created\r\n"));
  platform_.authenticator().identities().revoke(Identities::Kind::kToken);
  EXPECT_THAT(ask_over_tls(api_server_, list), StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
}

TEST_F(IamOverTls, TheDateIsThatOfThePlatform) {
  behave(R"({"skew_ms":-86400000})");
  const std::string date = base::to_http_date(clock_.system_now() - std::chrono::hours(24));
  for (const auto* server : {&iam_server_, &api_server_}) {
    EXPECT_THAT(ask_over_tls(*server, "GET /v3/projects HTTP/1.1\r\n"), HasSubstr("\r\nDate: " + date + "\r\n"));
  }
}

}  // namespace
}  // namespace simulator
