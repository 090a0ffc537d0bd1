#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "base/token_bucket.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace cloud {

/// When requests may be sent to one endpoint with one set of credentials. Shared by all instances that use these, so
/// that many instances together stay below the limits of the platform, wait together if it limits the rate, and try an
/// endpoint that does not respond with one request at a time. Thread-safe; no lock is held while it waits.
class Pace {
 public:
  explicit Pace(os::Clock& clock) : clock_(clock) {}

  /// Why a request must not be sent now, and when to ask again.
  struct Refusal {
    bool throttled = false;  ///< by the platform; otherwise the endpoint does not respond
    std::string message;
    base::Duration wait{0};
  };
  /// Nothing: send the request, then report what came of it with one of the functions below. Waits a short time if many
  /// requests were sent just now.
  std::optional<Refusal> admit(std::stop_token stop) EXCLUDES(mutex_);

  /// There was a response, whatever it says.
  void answered() EXCLUDES(mutex_);
  /// The platform limits the rate of requests.
  void throttled(std::optional<base::Duration> retry_after) EXCLUDES(mutex_);
  /// There was no connection or no response; `message` is for users.
  void unanswered(const std::string& message) EXCLUDES(mutex_);
  /// The request was cancelled or not sent, so nothing was learned.
  void abandoned() EXCLUDES(mutex_);

 private:
  static constexpr double kBurst = 100;
  /// Half of the default limit of the platform for one API.
  static constexpr base::Duration kRefill = std::chrono::milliseconds(10);

  std::optional<Refusal> refusal(base::BootTime now) const REQUIRES(mutex_);

  os::Clock& clock_;
  os::Mutex mutex_;
  base::TokenBucket bucket_ GUARDED_BY(mutex_){kBurst, kRefill};
  base::BootTime next_ GUARDED_BY(mutex_){};  ///< no request before
  int throttled_ GUARDED_BY(mutex_) = 0;      ///< in a row
  int unanswered_ GUARDED_BY(mutex_) = 0;     ///< in a row
  bool probing_ GUARDED_BY(mutex_) = false;   ///< the one request to an endpoint that does not respond was sent
  std::string message_ GUARDED_BY(mutex_);    ///< of the last request without a response
};

}  // namespace cloud
