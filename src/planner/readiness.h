#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "planner/assessment.h"

namespace planner {

/// The condition Ready, and which of Reconciling and Stalled is set with it.
struct Readiness {
  bool ready = false;
  std::string_view beside;  ///< kReconciling, kStalled or none
  Problem why;
};

inline Readiness not_ready(Problem why, bool moving) {
  return {false, moving ? kReconciling : kStalled, std::move(why)};
}

inline Readiness not_ready(Problem why) {
  const bool moving = !stalls(why.reason);
  return not_ready(std::move(why), moving);
}

/// Adds its conditions, for a status about this generation.
inline void add(const Readiness& r, std::int64_t generation, Conditions& conditions) {
  const std::string reason(name_of(r.why.reason));
  conditions.push_back({std::string(kReady), r.ready, reason, r.why.message, generation, {}});
  if (!r.beside.empty()) {
    conditions.push_back({std::string(r.beside), true, reason, r.why.message, generation, {}});
  }
}

}  // namespace planner
