#pragma once

#include "base/time.h"

namespace base {

/// Exponential backoff with jitter: min, 2·min, 4·min, … max, each lengthened by up to `jitter` of itself.
/// Not thread-safe.
class Backoff {
 public:
  struct Policy {
    Duration min;
    Duration max;
    double jitter = 0.0;
  };
  explicit Backoff(Policy policy) : policy_(policy) {}

  /// The next delay to wait; `random` in [0, 1) says how much of the jitter is in it.
  Duration next(double random);
  /// After a success: the next delay is `min` again.
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  Policy policy_;
  int failures_ = 0;
};

/// The delay after `failures` (≥ 1) failures in a row, without jitter.
Duration backoff_delay(Backoff::Policy policy, int failures);

}  // namespace base
