#pragma once

#include "planner/draft.h"

// Reserves slots for objects that need one.
namespace planner {

/// Reserves slots for as many uploads as fit and can be sent in time, and takes over certificates that are on the
/// platform already. Before that, it returns the actions that this requires, one at a time: read the Secrets, take an
/// inventory, write the ledger, set finalizers. For objects that get no slot, it records why.
Action reserve_slots(Draft& d);

}  // namespace planner
