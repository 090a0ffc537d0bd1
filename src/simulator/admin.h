#pragma once

#include "os/clock.h"
#include "server/message.h"
#include "simulator/platform.h"

namespace simulator {

/// The admin API of the simulator: shows the state and the requests, and injects faults. JSON over HTTP under /admin,
/// without authentication. Thread-safe.
class Admin {
 public:
  Admin(Platform& platform, os::Clock& clock) : platform_(platform), clock_(clock) {}

  server::Response handle(const server::Request& request);

 private:
  server::Response add_certificate(const server::Request& request);

  Platform& platform_;
  os::Clock& clock_;
};

}  // namespace simulator
