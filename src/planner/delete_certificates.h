#pragma once

#include "planner/draft.h"

// Deletes certificates that no object needs.
namespace planner {

/// Deletes a certificate for which this was decided; or decides this for an entry that no object needs and that a late
/// update of a domain configuration can no longer refer to.
Action delete_certificates(Draft& d);

}  // namespace planner
