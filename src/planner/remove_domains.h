#pragma once

#include "planner/draft.h"

// Removing domain configurations that no object wishes.
namespace planner {

/// One configuration that nobody wishes and no heir is about to take over, or that has to be removed before the
/// certificate that it serves can be deleted.
Action remove_domains(Draft& d);

}  // namespace planner
