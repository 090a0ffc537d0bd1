#pragma once

#include "planner/draft.h"

// Changes the owners of entries, without calls to the platform.
namespace planner {

/// Gives entries that their owner no longer needs to an object that needs them, or retains them if the deletionPolicy
/// is Retain.
Action hand_over_entries(Draft& d);

}  // namespace planner
