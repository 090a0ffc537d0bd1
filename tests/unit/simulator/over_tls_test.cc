#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/time_format.h"
#include "server/http_server.h"
#include "simulator/signature.h"
#include "unit/server/test_client.h"
#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The platform behind a real TLS server.
class OverTls : public PlatformFixture {
 protected:
  OverTls() : server_(start()) {}

  server::HttpServer start() {
    Platform::Settings s;
    s.credentials.access_key = "AK";
    s.credentials.secret_key = base::Secret::copy_of("SK");
    signed_ = std::make_unique<Platform>(std::move(s), clock_);
    const test::Identity certificate = test::self_signed({});
    server::Options options;
    options.address = {"127.0.0.1", 0};
    options.tls = server::TlsIdentity{certificate.certificate, base::Secret(certificate.key_pem())};
    auto server =
        server::HttpServer::start(std::move(options), [this](const server::Request& r) { return signed_->handle(r); });
    EXPECT_TRUE(server.ok());
    return std::move(server).value();
  }

  /// The text of a signed request, with odd spellings that a signature must survive.
  std::string request(const std::string& method, const std::string& target, const std::string& body) {
    const std::string date = base::to_compact(clock_.system_now());
    server::Request r{
        .method = method,
        .target = target,
        .headers = {{"hOST", "simulator:8443"}, {"X-Sdk-Date", date}, {"Content-Type", "application/json"}},
        .body = body};
    const std::vector<std::string> names = {"content-type", "host", "x-sdk-date"};
    const Authorization authorization{
        .algorithm = Algorithm::kDerived, .access_key = "AK", .scope = date.substr(0, 8) + "/cn-north-4/iotdm"};
    const std::string text = signature(authorization, date, *canonical_request(r, names), base::Secret::copy_of("SK"));
    return method + " " + target + " HTTP/1.1\r\nhOST:   simulator:8443  \r\nX-Sdk-Date: " + date +
           "\r\nContent-Type: application/json\r\nAuthorization: V11-HMAC-SHA256 Credential=AK/" + authorization.scope +
           ", SignedHeaders=content-type;host;x-sdk-date, Signature=" + text +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::unique_ptr<Platform> signed_;
  server::HttpServer server_;
};

TEST_F(OverTls, ASignedAddIsListed) {
  test::Client client(server_.address().port, test::Client::Security::kTls);
  ASSERT_TRUE(client.connected());
  const test::Identity c = test::self_signed({.common_name = "tls.example.com"});
  client.send(request("POST", kCertificates, add_body(c.certificate, c.key_pem())));
  EXPECT_THAT(client.read(), StartsWith("HTTP/1.1 201 Created\r\n"));
  client.send(request("GET", std::string(kCertificates) + "?offset=0&limit=5%30", ""));
  const std::string list = client.read();
  EXPECT_THAT(list, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_THAT(list, HasSubstr("tls.example.com"));
}

TEST_F(OverTls, AChangedByteIsNoticed) {
  test::Client client(server_.address().port, test::Client::Security::kTls);
  std::string changed = request("POST", kCertificates, "{}");
  changed.back() = ' ';
  client.send(changed);
  EXPECT_THAT(client.read(), StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
}

}  // namespace
}  // namespace simulator
