#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"

namespace http {

enum class Wait { kDone, kTimeout, kStopped };

/// Waits, with `mutex` held, until `condition` is true, `deadline` comes or `stop` is requested. `changed` is notified
/// when the condition may have become true.
template <class Condition>
Wait wait_for(const Condition& condition, base::Mutex& mutex, base::ConditionVariable& changed, base::Clock& clock,
              base::BootTime deadline, const std::stop_token& stop) REQUIRES(mutex) {
  while (!condition()) {
    if (stop.stop_requested()) return Wait::kStopped;
    if (clock.boot_now() >= deadline) return Wait::kTimeout;
    clock.wait_until(mutex, changed, deadline, stop);
  }
  return Wait::kDone;
}

/// `d` from now; a very long time is for ever.
inline base::BootTime from_now(const base::Clock& clock, base::Duration d) {
  const base::BootTime now = clock.boot_now();
  return d < base::BootTime::max() - now ? now + d : base::BootTime::max();
}

}  // namespace http
