#pragma once

#include <chrono>

namespace base {

/// Wall-clock time, for display and for comparison with dates in certificates. Can jump.
using SystemTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// Tag of CLOCK_BOOTTIME, for measuring and waiting: it never jumps, and it also runs while the machine sleeps.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;
using Duration = std::chrono::nanoseconds;

}  // namespace base
