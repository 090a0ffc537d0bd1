#pragma once

#include "planner/draft.h"

// When the platform is listed.
namespace planner {

/// At the first visit, at each resync, after trouble, when somebody asks; and while something is in doubt, soon at
/// first and then more slowly.
Action take_inventory(Draft& d);

}  // namespace planner
