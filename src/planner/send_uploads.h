#pragma once

#include "planner/draft.h"

// Sends uploads that have a reserved slot.
namespace planner {

/// One upload whose slot this process has reserved, while it can still be sent.
Action send_uploads(Draft& d);

}  // namespace planner
