#pragma once

#include <stdexcept>
#include <string>

namespace simulation {

/// A rule that must always hold was broken. Thrown where that shows, caught by whoever runs the schedule.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A simulated process dies. Deliberately no std::exception: nothing in the operator may catch it.
struct Crash {};

}  // namespace simulation
