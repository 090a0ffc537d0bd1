#pragma once

#include "planner/draft.h"

// When Secrets are read.
namespace planner {

/// The Secrets that have to be read before anything is decided about their objects: never read, changed since, or known
/// only from a status while the ledger is rebuilt.
Action read_secrets(Draft& d);

}  // namespace planner
