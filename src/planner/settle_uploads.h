#pragma once

#include "planner/draft.h"

// Resolves the outcomes of uploads, and finds certificates that other parties have deleted.
namespace planner {

/// Records the outcomes of uploads: responses, rights to send that expired, and what the inventory shows about uploads
/// in doubt. Drops entries whose certificates other parties have deleted on the platform. If the owner still needs the
/// slot, the entry becomes Earmarked.
Action settle_uploads(Draft& d);

}  // namespace planner
