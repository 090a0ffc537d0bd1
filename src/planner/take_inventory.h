#pragma once

#include "planner/draft.h"

// Decides when to list the platform.
namespace planner {

/// Lists the platform at the start, at each resync, after an error and on request. While an upload is in doubt, lists
/// it more often, with growing pauses.
Action take_inventory(Draft& d);

}  // namespace planner
