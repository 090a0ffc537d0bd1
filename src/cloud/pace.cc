#include "cloud/pace.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/backoff.h"
#include "os/random.h"

namespace cloud {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Backoff::Policy kThrottled{seconds(1), minutes(1)};
constexpr base::Backoff::Policy kUnanswered{seconds(5), minutes(1)};
/// So many requests without a response are an accident.
constexpr int kTolerated = 2;
constexpr double kJitter = 0.2;

/// Clients that failed at the same time do not come back at the same time.
base::Duration with_jitter(base::Duration d) {
  return std::chrono::duration_cast<base::Duration>(d * (1 + kJitter * os::random_unit()));
}

}  // namespace

std::optional<Pace::Refusal> Pace::admit(std::stop_token stop) {
  base::BootTime start;
  {
    const os::MutexLock lock(mutex_);
    const base::BootTime now = clock_.boot_now();
    if (auto refused = refusal(now)) return refused;
    probing_ = unanswered_ > kTolerated;
    start = bucket_.next(now).value_or(now);
    bucket_.spend(now);
  }
  (void)clock_.sleep_until(start, std::move(stop));
  return std::nullopt;
}

std::optional<Pace::Refusal> Pace::refusal(base::BootTime now) const {
  const base::Duration wait = next_ - now;
  if (throttled_ > 0 && wait > base::Duration::zero()) {
    return Refusal{true, "the platform limits the rate of requests", wait};
  }
  if (unanswered_ <= kTolerated || (wait <= base::Duration::zero() && !probing_)) return std::nullopt;
  return Refusal{false,
                 "the endpoint did not respond to the last " + std::to_string(unanswered_) + " requests (" + message_ +
                     "); it is tried again with one request at a time",
                 std::max<base::Duration>(wait, seconds(1))};
}

void Pace::answered() {
  const os::MutexLock lock(mutex_);
  throttled_ = unanswered_ = 0;
  probing_ = false;
  next_ = {};
}

void Pace::throttled(std::optional<base::Duration> retry_after) {
  const os::MutexLock lock(mutex_);
  unanswered_ = 0;
  probing_ = false;
  const base::Duration pause = with_jitter(base::backoff_delay(kThrottled, ++throttled_));
  next_ = std::max(next_, clock_.boot_now() + std::max(pause, retry_after.value_or(base::Duration::zero())));
}

void Pace::unanswered(const std::string& message) {
  const os::MutexLock lock(mutex_);
  throttled_ = 0;
  probing_ = false;
  message_ = message;
  if (++unanswered_ <= kTolerated) return;
  next_ = clock_.boot_now() + with_jitter(base::backoff_delay(kUnanswered, unanswered_ - kTolerated));
}

void Pace::abandoned() {
  const os::MutexLock lock(mutex_);
  probing_ = false;
}

}  // namespace cloud
