#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "json/value.h"
#include "json/writer.h"
#include "os/clock.h"
#include "os/fake_clock.h"
#include "simulator/platform.h"
#include "support/certificates/certificates.h"

namespace simulator {

/// A platform with one accepted token, and short ways to call it.
class PlatformFixture : public ::testing::Test {
 protected:
  static constexpr const char* kCertificates = "/v5/iot/project-1/server-certificates";
  static constexpr const char* kDomains = "/v5/iot/project-1/domain-configurations";

  struct Answer {
    explicit Answer(server::Response from) : response(std::move(from)) {
      if (auto document = json::Document::parse(response.body)) json.emplace(std::move(*document));
    }
    int status() const { return response.status; }
    json::Value operator[](std::string_view key) const { return json ? (*json)[key] : json::Value(); }
    std::string text(std::string_view key) const { return (*this)[key].string_or(""); }
    std::string code() const { return text("error_code"); }
    std::string header(std::string_view name) const {
      for (const auto& [n, value] : response.headers) {
        if (n == name) return value;
      }
      return {};
    }
    server::Response response;
    std::optional<json::Document> json;
  };

  static Platform::Settings settings() {
    Platform::Settings s;
    s.credentials.tokens.push_back(base::Secret::copy_of("token"));
    return s;
  }

  Answer call(const char* method, const std::string& target, const std::string& body = {},
              std::vector<server::Header> headers = {}) {
    headers.emplace_back("X-Auth-Token", "token");
    headers.emplace_back("Content-Type", "application/json");
    return Answer(platform_.handle({method, target, std::move(headers), body}));
  }

  static std::string add_body(const std::string& pem, const std::string& key, const std::string& password = {}) {
    json::Writer w;
    w.begin_object().member("certificate_pem", pem).member("private_key", key);
    if (!password.empty()) w.member("private_key_password", password);
    return w.end_object().take();
  }
  Answer add(const test::Identity& c, const std::string& target = kCertificates) {
    return call("POST", target, add_body(c.certificate, c.key_pem()));
  }
  /// Adds a new certificate, returns its id.
  std::string add_one() { return add(test::self_signed({})).text("server_certificate_id"); }

  Answer list(const std::string& query = {}) { return call("GET", kCertificates + query); }
  std::vector<std::string> listed(const std::string& query = {}) {
    std::vector<std::string> ids;
    const Answer answer = list(query);
    for (const json::Value c : answer["server_certificates"].items()) {
      ids.push_back(c["server_certificate_id"].string_or(""));
    }
    return ids;
  }
  Answer show(const std::string& id) { return call("GET", kCertificates + ("/" + id)); }
  Answer remove(const std::string& id) { return call("DELETE", kCertificates + ("/" + id)); }

  Answer bind(const std::string& certificate_id, const char* domain = "mqtt.example.com") {
    json::Writer w;
    return call("POST", kDomains,
                w.begin_object()
                    .member("domain_name", domain)
                    .member("access_protocol", "Device-MQTTS")
                    .member("server_certificate_id", certificate_id)
                    .end_object()
                    .take());
  }

  void behave(std::string_view changes) {
    const auto document = json::Document::parse(changes);
    ASSERT_TRUE(document.ok());
    const auto changed = platform_.change_behaviour(document->root());
    ASSERT_TRUE(changed.ok()) << changed.error();
  }
  void plan(std::string_view faults) {
    const auto document = json::Document::parse(faults);
    ASSERT_TRUE(document.ok());
    auto parsed = parse_faults(document->root());
    ASSERT_TRUE(parsed.ok()) << parsed.error();
    platform_.add_faults(std::move(*parsed));
  }

  os::FakeClock clock_{os::RealClock().system_now()};
  Platform platform_{settings(), clock_};
};

}  // namespace simulator
