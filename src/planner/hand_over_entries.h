#pragma once

#include "planner/draft.h"

// Entries change owners without a call to the platform.
namespace planner {

/// Entries whose owner has no use for them any more go to an object that has, or are retained if the policy says so.
Action hand_over_entries(Draft& d);

}  // namespace planner
