#pragma once

#include "planner/draft.h"

// Domains serve the certificate in the Secret of their object.
namespace planner {

/// The next thing to do for the first object whose domain does not serve its certificate; for the others, why not.
Action serve_domains(Draft& d);

}  // namespace planner
