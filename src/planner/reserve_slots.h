#pragma once

#include "planner/draft.h"

// Slots for objects that need one.
namespace planner {

/// Reserves slots for as many objects as fit and can be sent in time; takes over certificates that are on the platform
/// already. Everything that this needs comes first, one action at a time: Secrets that were read by this process, a
/// fresh inventory, the ledger, finalizers. For the others it notes why they get none.
Action reserve_slots(Draft& d);

}  // namespace planner
