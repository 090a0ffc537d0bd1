#pragma once

#include "planner/draft.h"

// Deleting certificates that nobody needs.
namespace planner {

/// A delete that was decided, or the decision about an entry that nobody needs and that no update of a domain
/// configuration can name any more.
Action delete_certificates(Draft& d);

}  // namespace planner
