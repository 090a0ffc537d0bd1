#pragma once

#include <chrono>
#include <optional>

#include "base/time.h"

namespace simulation {

/// The Lease: who may call itself the leader. What a holder believes is in Process, and may be out of date.
class Lease {
 public:
  /// It was renewed now.
  void renewed(base::BootTime now) { renewed_ = now; }
  bool acquire(int process, base::BootTime now) {
    if (holder_ && *holder_ != process && now < renewed_ + std::chrono::seconds(15)) return false;
    holder_ = process;
    renewed_ = now;
    return true;
  }
  void release(int process) {
    if (holder_ == process) holder_.reset();
  }
  bool held_by(int process) const { return holder_ == process; }

 private:
  std::optional<int> holder_;
  base::BootTime renewed_;
};

}  // namespace simulation
