#pragma once

#include "json/value.h"
#include "os/clock.h"
#include "server/message.h"
#include "simulator/iam.h"
#include "simulator/platform.h"

namespace simulator {

/// The admin API of the simulator: shows the state and the requests, and injects faults. JSON over HTTP under /admin,
/// without authentication. Thread-safe.
class Admin {
 public:
  Admin(Platform& platform, Iam& iam, os::Clock& clock) : platform_(platform), iam_(iam), clock_(clock) {}

  server::Response handle(const server::Request& request);

 private:
  server::Response add_certificate(const server::Request& request);
  server::Response handle_iam(const server::Request& request);
  server::Response iam_state() const;
  server::Response revoke(json::Value what);
  server::Response replace_access_key(json::Value key);

  Platform& platform_;
  Iam& iam_;
  os::Clock& clock_;
};

}  // namespace simulator
