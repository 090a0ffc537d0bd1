#pragma once

#include <string>

#include "planner/findings.h"
#include "planner/readiness.h"

// The condition Ready of an object.
namespace planner {

/// The first that applies: it is being deleted; suspended; its Secret was not read or is not usable; its domain does
/// not serve it; its certificate is on the platform until `expiry`; why it is not. A suspended object keeps the value
/// that it had.
Readiness certificate_readiness(const Situation& s, const std::string& expiry);

}  // namespace planner
