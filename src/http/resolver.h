#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/transport.h"

namespace http {

/// Looks up the addresses of one host, on a thread of its own: a lookup cannot be cancelled and may hang for long when
/// name servers are down. Callers wait for it no longer than they want to, and calls to other servers are not held up.
/// Who comes while a lookup runs shares its answer; nothing is remembered after that. Thread-safe.
class Resolver {
 public:
  Resolver(std::string host, base::Clock& clock) : host_(std::move(host)), clock_(clock) {}
  // Destruction waits for a lookup that runs.

  /// IPv4 and IPv6 literals in the order to try, at least one. A literal is its own answer, without a thread.
  /// Errors: kRefused (no such name, or time is up), kCancelled.
  base::Result<std::vector<std::string>, Error> resolve(base::BootTime deadline, const std::stop_token& stop)
      EXCLUDES(mutex_);

 private:
  void run(const std::stop_token& stop) EXCLUDES(mutex_);

  const std::string host_;
  base::Clock& clock_;
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  std::uint64_t lookups_ GUARDED_BY(mutex_) = 0;  // that have ended
  std::vector<std::string> addresses_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
  std::jthread thread_ GUARDED_BY(mutex_);  // last: it ends before what it uses
};

}  // namespace http
