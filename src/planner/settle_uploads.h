#pragma once

#include "planner/draft.h"

// What became of uploads that were begun, and of certificates that others have deleted.
namespace planner {

/// Writes down what became of uploads: the answers that came, the permissions to send that expired, and what the
/// inventory says about an upload whose answer was lost. Drops entries whose certificate others have deleted on the
/// platform; a place that the owner still needs stays as Earmarked.
Action settle_uploads(Draft& d);

}  // namespace planner
