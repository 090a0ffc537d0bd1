#include "base/clock.h"

#include <algorithm>
#include <ctime>

namespace base {
namespace {

std::chrono::nanoseconds read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

}  // namespace

SystemTime RealClock::system_now() const {
  return SystemTime(read(CLOCK_REALTIME));
}

BootTime RealClock::boot_now() const {
  return BootTime(read(CLOCK_BOOTTIME));
}

bool RealClock::sleep_until(BootTime deadline, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const BootTime now = boot_now();
    if (deadline <= now) return true;
    // In pieces: the wait below is on a clock that stands still while the machine sleeps, and would overflow for a
    // deadline of BootTime::max().
    constexpr Duration kPiece = std::chrono::minutes(1);
    const Duration wait = deadline < now + kPiece ? deadline - now : kPiece;
    wake.wait_for(lock, stop, wait, [] { return false; });
  }
  return false;
}

void RealClock::wait_until(Mutex& mutex, ConditionVariable& changed, BootTime deadline, std::stop_token stop) {
  // A deadline may be "never"; the sum with the present must not overflow.
  const Duration left = std::min<Duration>(deadline - boot_now(), std::chrono::hours(24));
  if (left <= Duration::zero()) return;
  // Waits once: the condition is true from the second time it is looked at.
  bool woken = false;
  changed.wait_for(mutex, stop, left, [&woken] { return std::exchange(woken, true); });
}

SystemTime FakeClock::system_now() const {
  const std::lock_guard lock(mutex_);
  return system_;
}

BootTime FakeClock::boot_now() const {
  const std::lock_guard lock(mutex_);
  return boot_;
}

bool FakeClock::sleep_until(BootTime deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ++sleepers_;
  changed_.wait(lock, stop, [&] { return boot_ >= deadline; });
  --sleepers_;
  return boot_ >= deadline;
}

void FakeClock::wait_until(Mutex& mutex, ConditionVariable& changed, BootTime deadline, std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    ++sleepers_;
  }
  // advance() does not know `changed`, so it is looked for at short intervals of real time.
  while (!stop.stop_requested() && boot_now() < deadline) {
    if (changed.wait_for(mutex, std::chrono::milliseconds(1)) == std::cv_status::no_timeout) break;
  }
  const std::lock_guard lock(mutex_);
  --sleepers_;
}

void FakeClock::advance(Duration d) {
  const std::lock_guard lock(mutex_);
  system_ += d;
  boot_ += d;
  changed_.notify_all();
}

int FakeClock::sleepers() const {
  const std::lock_guard lock(mutex_);
  return sleepers_;
}

}  // namespace base
