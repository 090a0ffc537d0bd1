#pragma once

#include "planner/draft.h"

// Deletes domain configurations that no object wants.
namespace planner {

/// Deletes one configuration that no object wants or will take over soon, or that must be deleted before the
/// certificate that it serves.
Action remove_domains(Draft& d);

}  // namespace planner
