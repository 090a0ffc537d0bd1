#pragma once

#include "controller/round.h"

// Writes the statuses of a plan at rest.
namespace controller {

struct StatusWrites {
  Step step = Step::kDone;
  bool left = false;  ///< some took too long and are left to the next reconcile
};

/// Writes the statuses that changed. A rejected one does not keep the others from being written.
StatusWrites write_statuses(Round& r, const Plan& plan);

}  // namespace controller
