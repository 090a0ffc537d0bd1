#pragma once

#include <chrono>
#include <set>
#include <stop_token>
#include <vector>

#include "os/clock.h"

namespace os {

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
