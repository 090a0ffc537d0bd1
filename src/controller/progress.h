#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "controller/vocabulary.h"

// Detects actions that have no effect.
namespace controller {

/// Prevents that an action without effect is repeated at once, whatever the cause: a plan from the same observation
/// would have the same action again, without end. Such an action rests, longer each time, while the plan continues with
/// other actions. So does an action that is repeated very often, as one of several that undo each other. Not
/// thread-safe.
class Progress {
 public:
  /// The action was carried out. `before`: the observation from which it was planned.
  void did(const Action& action, const Observation& before);
  /// Compares with the next observation. True: the action had no effect and rests now.
  bool judge(const Observation& after);
  /// The value of Observation::resting.
  std::map<std::string, base::BootTime> resting(base::BootTime now) const;
  /// A user requests another attempt.
  void wake() { rests_.clear(); }

  const std::string& last() const { return last_; }

 private:
  struct Rest {
    int failures = 0;
    base::BootTime until;
  };
  struct Count {
    base::BootTime since;
    int times = 0;
  };
  std::string last_;  ///< key_of() the last action; empty after it was judged
  std::size_t digest_ = 0;
  std::optional<std::size_t> judged_;  ///< digest of the last observation, from which the next action is planned
  std::map<std::string, Rest> rests_;
  std::map<std::string, Count> counts_;
};

/// Of everything in an observation that an action can change, except times.
std::size_t digest(const Observation& observation);

}  // namespace controller
