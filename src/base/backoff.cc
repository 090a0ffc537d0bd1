#include "base/backoff.h"

#include <algorithm>

namespace base {

Duration backoff_delay(Backoff::Policy policy, int failures) {
  Duration delay = policy.min;
  for (int i = 1; i < failures && delay < policy.max; ++i) delay *= 2;
  return std::min(delay, policy.max);
}

Duration Backoff::next(double random) {
  ++failures_;
  const Duration delay = backoff_delay(policy_, failures_);
  const double stretch = policy_.jitter * random;
  return delay + Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * stretch));
}

}  // namespace base
