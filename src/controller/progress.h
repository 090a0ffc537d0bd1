#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "controller/vocabulary.h"

namespace controller {

/// Sees to it that a step without effect is not repeated at once, whatever the cause: what is planned from the same
/// observation would be the same step again, for ever. Such a step rests, longer each time, and the plan goes on with
/// what else there is to do. So does a step that comes again and again, as one of a circle of steps that undo each
/// other. Not thread-safe.
class Progress {
 public:
  /// Of the observation that the action was planned from, and what was told of it when it was done.
  void did(const Action& action, const Observation& before);
  /// Compares with what is observed after that. True: the step had no effect and rests now.
  bool judge(const Observation& after);
  /// Fills in Observation::resting.
  std::map<std::string, base::BootTime> resting(base::BootTime now) const;
  /// A person asks for another try.
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
  std::string last_;  ///< key_of() the action that was done last; empty after it was judged
  std::size_t digest_ = 0;
  std::optional<std::size_t>
      judged_;  ///< digest of the observation that was judged last, which the next action is from
  std::map<std::string, Rest> rests_;
  std::map<std::string, Count> counts_;
};

/// Of everything in an observation that a step can change, but for times.
std::size_t digest(const Observation& observation);

}  // namespace controller
