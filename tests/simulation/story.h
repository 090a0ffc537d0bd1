#pragma once

#include <cstdint>
#include <string>

#include "os/clock.h"

namespace simulation {

/// Tells what happens, a line each, on standard output; silent unless told to speak, so that the millions of schedules
/// without news cost nothing.
class Story {
 public:
  explicit Story(bool aloud) : aloud_(aloud) {}

  void set_clock(const os::Clock* clock) { clock_ = clock; }
  void begin_step() { ++steps_; }
  std::uint64_t steps() const { return steps_; }
  bool aloud() const { return aloud_; }

  /// `line` is called only if somebody listens.
  template <class Line>
  void tell(const Line& line) {
    if (aloud_) print(line());
  }

 private:
  void print(const std::string& line) const;

  const bool aloud_;
  const os::Clock* clock_ = nullptr;
  std::uint64_t steps_ = 0;
};

}  // namespace simulation
