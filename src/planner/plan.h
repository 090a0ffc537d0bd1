#pragma once

#include <optional>
#include <vector>

#include "planner/action.h"
#include "planner/observation.h"

namespace planner {

/// What to do next; when that is nothing, what every object's status should be and when to look again.
struct Plan {
  Action action;
  std::vector<ServerCertificateStatus> certificates;  ///< in the order of the observation; empty while acting
  std::optional<InstanceStatus> instance;
  std::optional<base::BootTime> next_visit;

  bool at_rest() const { return !acts(action); }
};

/// The next step for one instance. Pure: no input but the observation, no I/O, no clock, no randomness.
Plan plan(const Observation& observation);

/// As plan(), but without an action, for the statuses on the way through long work: of objects that are done, and of
/// those that have none yet. What others wait for is only known when the plan is at rest.
Plan interim_plan(const Observation& observation);

/// How long an owner must be gone without its finalizer before its certificate is released.
inline constexpr base::Duration kGoneGrace = std::chrono::minutes(5);
/// How old an inventory may be when it decides about an add.
inline constexpr base::Duration kInventoryMaxAge = std::chrono::seconds(10);
/// How long a domain stays that its object no longer wishes: it may move to another object in the same `kubectl apply`.
inline constexpr base::Duration kUnwishedGrace = std::chrono::seconds(5);
/// How long it stays for an object that wishes it and has no certificate yet.
inline constexpr base::Duration kHeirGrace = std::chrono::minutes(2);

}  // namespace planner
