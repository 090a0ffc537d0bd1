#pragma once

#include "planner/findings.h"
#include "planner/readiness.h"

// The condition Ready of an object that is being deleted.
namespace planner {

/// What the deletion waits for: the first entry that holds it up, slots before domains, then the API server.
Readiness deletion_readiness(const Situation& s);

}  // namespace planner
