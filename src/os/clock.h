#pragma once

#include <chrono>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

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

/// A clock for tests: its time changes only in advance(). Sleepers wake when their deadline is reached.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(base::SystemTime start) : system_(start), boot_(base::BootTime{std::chrono::hours(1)}) {}

  base::SystemTime system_now() const override;
  base::BootTime boot_now() const override;
  bool sleep_until(base::BootTime deadline, std::stop_token stop) override;
  void wait_until(Mutex& mutex, ConditionVariable& changed, base::BootTime deadline, std::stop_token stop)
      REQUIRES(mutex) override;
  /// Not to be called with a mutex held that somebody waits with.
  void advance(base::Duration d) EXCLUDES(mutex_);
  /// Number of threads in sleep_until and wait_until whose deadline is still to come; lets a test advance only once the
  /// code under test has gone to sleep.
  int sleepers() const EXCLUDES(mutex_);

 private:
  struct Waiter {
    Mutex* mutex = nullptr;
    ConditionVariable* changed = nullptr;
    base::BootTime deadline;
  };

  Mutex advancing_;  // held while waiters are notified, so that none of them ends meanwhile; locked before mutex_
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::vector<Waiter> waiters_ GUARDED_BY(mutex_);
  base::SystemTime system_ GUARDED_BY(mutex_);
  base::BootTime boot_ GUARDED_BY(mutex_);
  std::multiset<base::BootTime> deadlines_ GUARDED_BY(mutex_);  // of all who sleep or wait
};

}  // namespace os
