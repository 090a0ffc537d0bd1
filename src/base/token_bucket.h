#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace base {

/// Rate limiter: `burst` operations immediately, then one every `refill`. Not thread-safe.
class TokenBucket {
 public:
  TokenBucket(double burst, Duration refill) : burst_(burst), refill_(refill), tokens_(burst) {}

  double tokens(BootTime now) const {
    return std::min(burst_, tokens_ + std::chrono::duration<double>(now - counted_) / refill_);
  }
  void spend(BootTime now, double cost = 1) {
    tokens_ = tokens(now) - cost;
    counted_ = now;
  }
  /// When there are enough tokens for `cost`; nothing if there are enough now.
  std::optional<BootTime> next(BootTime now, double cost = 1) const {
    const double missing = cost - tokens(now);
    if (missing <= 0) return std::nullopt;
    return now + std::chrono::duration_cast<Duration>(missing * refill_);
  }
  /// When tokens were last spent.
  BootTime last_spent() const { return counted_; }

 private:
  double burst_;
  std::chrono::duration<double> refill_;
  double tokens_;
  BootTime counted_{};
};

}  // namespace base
