#include "os/clock.h"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <mutex>

namespace os {
namespace {

/// Longest single wait. Waits use a clock that stops while the machine sleeps, so a deadline that passed in the
/// meantime is noticed up to this much later. A deadline can also mean "never", and adding it to the current time would
/// overflow.
constexpr base::Duration kPiece = std::chrono::seconds(10);

std::chrono::nanoseconds read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

}  // namespace

base::SystemTime RealClock::system_now() const {
  return base::SystemTime(read(CLOCK_REALTIME));
}

base::BootTime RealClock::boot_now() const {
  return base::BootTime(read(CLOCK_BOOTTIME));
}

bool RealClock::sleep_until(base::BootTime deadline, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const base::BootTime now = boot_now();
    if (deadline <= now) return true;
    const base::Duration wait = deadline < now + kPiece ? deadline - now : kPiece;
    wake.wait_for(lock, stop, wait, [] { return false; });
  }
  return false;
}

void RealClock::wait_until(Mutex& mutex, ConditionVariable& changed, base::BootTime deadline, std::stop_token stop) {
  const base::Duration left = std::min(deadline - boot_now(), kPiece);
  if (left <= base::Duration::zero()) return;
  // Waits once: the condition is true the second time it is evaluated.
  bool woken = false;
  changed.wait_for(mutex, stop, left, [&woken] { return std::exchange(woken, true); });
}

}  // namespace os
