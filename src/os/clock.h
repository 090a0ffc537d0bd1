#pragma once

#include <chrono>
#include <stop_token>
#include <utility>

#include "base/time.h"
#include "os/mutex.h"

namespace os {

/// The only source of time and the only place to sleep. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual base::SystemTime system_now() const = 0;
  virtual base::BootTime boot_now() const = 0;

  /// Sleeps until `deadline` or until `stop` is requested. Returns true if the deadline was reached, false if stopped.
  virtual bool sleep_until(base::BootTime deadline, std::stop_token stop) = 0;
  bool sleep_for(base::Duration d, std::stop_token stop) {
    const base::BootTime now = boot_now();
    return sleep_until(d < base::BootTime::max() - now ? now + d : base::BootTime::max(), std::move(stop));
  }

  /// Waits until `changed` is notified, `deadline` is reached or `stop` is requested. Can also return spuriously, so
  /// the caller must check its condition again. The caller holds `mutex`; it is released during the wait and held again
  /// on return.
  virtual void wait_until(Mutex& mutex, ConditionVariable& changed, base::BootTime deadline, std::stop_token stop)
      REQUIRES(mutex) = 0;
};

/// The machine's clocks (CLOCK_REALTIME, CLOCK_BOOTTIME).
class RealClock final : public Clock {
 public:
  base::SystemTime system_now() const override;
  base::BootTime boot_now() const override;
  bool sleep_until(base::BootTime deadline, std::stop_token stop) override;
  void wait_until(Mutex& mutex, ConditionVariable& changed, base::BootTime deadline, std::stop_token stop)
      REQUIRES(mutex) override;
};

}  // namespace os
