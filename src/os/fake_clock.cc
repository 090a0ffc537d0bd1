#include "os/fake_clock.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace os {
namespace {

/// Until `changed` is notified or `stop` is requested, or for nothing.
void wait_once(Mutex& mutex, ConditionVariable& changed, const std::stop_token& stop) REQUIRES(mutex) {
  // The condition is true from the second time it is looked at.
  bool woken = false;
  changed.wait(mutex, stop, [&woken] { return std::exchange(woken, true); });
}

}  // namespace

base::SystemTime FakeClock::system_now() const {
  const MutexLock lock(mutex_);
  return system_;
}

base::BootTime FakeClock::boot_now() const {
  const MutexLock lock(mutex_);
  return boot_;
}

bool FakeClock::sleep_until(base::BootTime deadline, std::stop_token stop) {
  const MutexLock lock(mutex_);
  const auto sleeper = deadlines_.insert(deadline);
  while (boot_ < deadline && !stop.stop_requested()) wait_once(mutex_, changed_, stop);
  deadlines_.erase(sleeper);
  return boot_ >= deadline;
}

void FakeClock::wait_until(Mutex& mutex, ConditionVariable& changed, base::BootTime deadline, std::stop_token stop) {
  {
    const MutexLock lock(mutex_);
    if (boot_ >= deadline) return;
    waiters_.push_back({&mutex, &changed, deadline});
    deadlines_.insert(deadline);
  }
  wait_once(mutex, changed, stop);
  // In this order: advance() takes the caller's mutex while it holds advancing_.
  mutex.unlock();
  {
    const MutexLock advancing(advancing_);
    const MutexLock lock(mutex_);
    const auto is_this = [&](const Waiter& w) { return w.changed == &changed && w.deadline == deadline; };
    waiters_.erase(std::find_if(waiters_.begin(), waiters_.end(), is_this));
    deadlines_.erase(deadlines_.find(deadline));
  }
  mutex.lock();
}

void FakeClock::advance(base::Duration d) {
  const MutexLock advancing(advancing_);
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mutex_);
    system_ += d;
    boot_ += d;
    changed_.notify_all();
    // Only waiters whose deadline has passed. All others are woken by the code that changes their condition.
    std::copy_if(waiters_.begin(), waiters_.end(), std::back_inserter(waiters),
                 [now = boot_](const Waiter& waiter) { return waiter.deadline <= now; });
  }
  for (const Waiter& waiter : waiters) {
    // Under its mutex, a waiter either reads the new time or is already waiting.
    const MutexLock lock(*waiter.mutex);
    waiter.changed->notify_all();
  }
}

int FakeClock::sleepers() const {
  const MutexLock lock(mutex_);
  return static_cast<int>(std::distance(deadlines_.upper_bound(boot_), deadlines_.end()));
}

}  // namespace os
