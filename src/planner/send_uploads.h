#pragma once

#include "planner/draft.h"

// Sending what is reserved.
namespace planner {

/// One upload whose slot was reserved by this process and may still be sent.
Action send_uploads(Draft& d);

}  // namespace planner
