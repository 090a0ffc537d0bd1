#pragma once

#include <optional>
#include <stop_token>

#include "os/clock.h"
#include "os/mutex.h"

namespace http {

enum class Wait { kDone, kTimeout, kStopped };

/// One iteration of a loop that waits for a condition: `while (!condition) if (auto end = wait_once(…)) return *end;`
/// Returns why the loop must end, or nothing if the condition must be checked again, after a notification or
/// spuriously.
inline std::optional<Wait> wait_once(os::Mutex& mutex, os::ConditionVariable& changed, os::Clock& clock,
                                     base::BootTime deadline, const std::stop_token& stop) REQUIRES(mutex) {
  if (stop.stop_requested()) return Wait::kStopped;
  if (clock.boot_now() >= deadline) return Wait::kTimeout;
  clock.wait_until(mutex, changed, deadline, stop);
  return std::nullopt;
}

/// `d` from now; a very long duration means for ever.
inline base::BootTime from_now(const os::Clock& clock, base::Duration d) {
  const base::BootTime now = clock.boot_now();
  return d < base::BootTime::max() - now ? now + d : base::BootTime::max();
}

}  // namespace http
