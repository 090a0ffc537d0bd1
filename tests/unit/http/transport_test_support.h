#pragma once

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "http/cpprest_channel.h"
#include "http/cpprest_transport.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "script_server.h"
#include "support/certificates/certificates.h"

namespace http {

using namespace std::chrono_literals;

inline std::string ok_answer(const std::string& body = "ok") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Set once, by one thread, and waited for by others; waiting gives up after 10 s.
class Signal {
 public:
  void set() {
    const os::MutexLock lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool wait() {
    const base::BootTime deadline = clock_.boot_now() + 10s;
    const os::MutexLock lock(mutex_);
    while (!set_ && clock_.boot_now() < deadline) clock_.wait_until(mutex_, changed_, deadline, {});
    return set_;
  }

 private:
  os::RealClock clock_;
  os::Mutex mutex_;
  os::ConditionVariable changed_;
  bool set_ GUARDED_BY(mutex_) = false;
};

/// Makes transports to a ScriptServer on 127.0.0.1.
class TransportTest : public ::testing::Test {
 protected:
  // The leak checker looks when the process ends, and must not find connections that are just being closed.
  ~TransportTest() override { await_channels_closed(); }

  std::unique_ptr<Transport> plain(const ScriptServer& server, std::size_t max_body = 1U << 20U) {
    return made({.origin = {false, "127.0.0.1", server.port()}, .tls = {}, .max_body = max_body});
  }

  /// Trusts the certificate of the TLS server.
  std::unique_ptr<Transport> secure(const ScriptServer& server, std::size_t max_body = 1U << 20U) {
    TransportOptions options{.origin = {true, "127.0.0.1", server.port()}, .tls = {}, .max_body = max_body};
    options.tls.ca_pem = identity().certificate;
    return made(std::move(options));
  }

  std::unique_ptr<Transport> made(TransportOptions options) {
    auto transport = make_cpprest_transport(std::move(options), clock_);
    EXPECT_TRUE(transport.ok()) << (transport.ok() ? "" : transport.error().message);
    return transport.ok() ? std::move(transport).value() : nullptr;
  }

  /// A server certificate for localhost, 127.0.0.1 and ::1.
  static const test::Identity& identity() {
    static const test::Identity made = test::loopback_server();
    return made;
  }
  static ServerTls server_tls() { return {identity().certificate, identity().key_pem()}; }

  static Request get(std::string target = "/") {
    Request request;
    request.target = std::move(target);
    request.deadline = 10s;
    return request;
  }
  static Request post(std::string_view body, bool fresh_connection) {
    Request request;
    request.method = "POST";
    request.headers.set("Content-Type", "application/json");
    request.body = base::Secret::copy_of(body);
    request.deadline = 10s;
    request.fresh_connection = fresh_connection;
    return request;
  }

  os::RealClock clock_;
};

/// How long a call took, to show that it did not wait for something.
class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace http
