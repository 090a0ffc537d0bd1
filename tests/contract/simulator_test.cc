// The simulator as the operator reaches it: its real server on a free port, through the operator's own client.

#include <chrono>
#include <utility>

#include "contract/platform_contract.h"
#include "credentials/secret_sources.h"
#include "http/cpprest_transport.h"
#include "iotda/client.h"
#include "json/value.h"
#include "os/clock.h"
#include "os/fake_clock.h"
#include "server/http_server.h"
#include "simulator/platform.h"
#include "support/certificates/certificates.h"

namespace contract {
namespace {

constexpr const char* kAccessKey = "ACCESSKEYOFTHETEST";
constexpr const char* kSecretKey = "SecretKeyOfTheTest0123456789";
constexpr const char* kRegion = "test-1";

class Simulator final : public Subject {
 public:
  Simulator() {
    http::Origin origin{true, "127.0.0.1", server_.address().port};
    transport_ =
        http::make_cpprest_transport({.origin = origin, .tls = {.ca_pem = identity_.certificate}}, real_clock_).value();
    client_ = iotda::make_client({std::move(origin), kRegion, "project-1", "", iotda::Signing::kDerived},
                                 {provider_, pace_, *transport_, clock_}, {});
  }

  iotda::Platform& platform() override { return *client_; }
  std::size_t domain_quota() const override { return 1; }

  void let_bound_be_deleted() override { behave(R"({"delete_bound":"accepted"})"); }
  void let_lists_lag() override {
    clock_.advance(std::chrono::minutes(2));
    behave(R"({"list_lag_ms":60000})");
  }
  void let_lists_catch_up() override { clock_.advance(std::chrono::minutes(2)); }

 private:
  static simulator::Platform::Settings settings() {
    simulator::Platform::Settings settings;
    settings.credentials.access_key = kAccessKey;
    settings.credentials.secret_key = base::Secret::copy_of(kSecretKey);
    settings.credentials.region = kRegion;
    return settings;
  }

  void behave(std::string_view changes) {
    ASSERT_TRUE(platform_.change_behaviour(json::Document::parse(changes)->root()).ok());
  }

  server::HttpServer start() {
    server::Options options;
    options.address = {"127.0.0.1", 0};
    options.tls = server::TlsIdentity{identity_.certificate, base::Secret(identity_.key_pem())};
    return server::HttpServer::start(std::move(options),
                                     [this](const server::Request& request) { return platform_.handle(request); })
        .value();
  }

  const test::Identity identity_ = test::loopback_server();
  os::RealClock real_clock_;
  os::FakeClock clock_{real_clock_.system_now()};
  credentials::Provider provider_{credentials::make_access_key_source({"the test",
                                                                       {"accessKey", base::Secret::copy_of(kAccessKey)},
                                                                       {"secretKey", base::Secret::copy_of(kSecretKey)},
                                                                       {"securityToken", base::Secret()}}),
                                  clock_};
  cloud::Pace pace_{clock_};
  simulator::Platform platform_{settings(), clock_};
  server::HttpServer server_ = start();
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<iotda::Platform> client_;
};

INSTANTIATE_TEST_SUITE_P(Simulator, PlatformContract,
                         ::testing::Values([]() -> std::unique_ptr<Subject> { return std::make_unique<Simulator>(); }));

}  // namespace
}  // namespace contract
