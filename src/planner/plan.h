#pragma once

#include <optional>
#include <vector>

#include "planner/action.h"
#include "planner/observation.h"

namespace planner {

/// The next action. If there is none: the status of each object, and when to make the next plan.
struct Plan {
  Action action;
  std::vector<ServerCertificateStatus> certificates;  ///< in the order of the observation; empty if there is an action
  std::optional<InstanceStatus> instance;
  std::optional<base::BootTime> next_visit;

  bool at_rest() const { return !acts(action); }
};

/// The next step for one instance. Pure: it depends only on the observation, without I/O, clock or randomness.
Plan plan(const Observation& observation);

/// As plan(), but without an action: statuses to write during long work, for objects that are ready and objects without
/// a status. What the others wait for is known only when the plan is at rest, so they keep their status.
Plan interim_plan(const Observation& observation);

/// After an owner was deleted without its finalizer, how long its certificate is kept.
inline constexpr base::Duration kGoneGrace = std::chrono::minutes(5);
/// Maximum age of an inventory for a decision about an upload.
inline constexpr base::Duration kInventoryMaxAge = std::chrono::seconds(10);
/// How long a domain configuration is kept that its object no longer wants: the same `kubectl apply` can move it to
/// another object.
inline constexpr base::Duration kUnwishedGrace = std::chrono::seconds(5);
/// How long it is kept for another object that wants it and has no certificate yet.
inline constexpr base::Duration kHeirGrace = std::chrono::minutes(2);

}  // namespace planner
