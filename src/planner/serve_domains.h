#pragma once

#include "planner/draft.h"

// Makes domains serve the certificate in the Secret of their object.
namespace planner {

/// The next action for the first object whose domain does not serve its certificate. For the other ones, it records why
/// not.
Action serve_domains(Draft& d);

}  // namespace planner
