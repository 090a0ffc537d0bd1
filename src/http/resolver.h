#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "http/transport.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace http {

/// Resolves the addresses of one host, on a thread of its own: a lookup cannot be cancelled and can hang for a long
/// time when DNS servers are down. Callers wait no longer than their deadline, and calls to other servers are not
/// delayed. Callers that arrive during a lookup share its result; nothing is cached after that. Thread-safe.
class Resolver {
 public:
  Resolver(std::string host, os::Clock& clock) : host_(std::move(host)), clock_(clock) {}
  // Destruction waits for a lookup in progress.

  /// At least one IPv4 or IPv6 literal, in the order to try them. A literal is returned as it is, without a thread.
  /// Errors: kRefused (no such name, or timeout), kCancelled.
  base::Result<std::vector<std::string>, Error> resolve(base::BootTime deadline, const std::stop_token& stop)
      EXCLUDES(mutex_);

 private:
  void run(const std::stop_token& stop) EXCLUDES(mutex_);

  const std::string host_;
  os::Clock& clock_;
  os::Mutex mutex_;
  os::ConditionVariable changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  std::uint64_t lookups_ GUARDED_BY(mutex_) = 0;  // that have finished
  std::vector<std::string> addresses_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
  std::jthread thread_ GUARDED_BY(mutex_);  // last: it must end before the members that it uses
};

}  // namespace http
