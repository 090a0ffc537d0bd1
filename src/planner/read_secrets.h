#pragma once

#include "planner/draft.h"

// Decides when to read Secrets.
namespace planner {

/// Reads the Secrets that are needed for decisions: those that were never read, have changed since, or are known only
/// from a status while the ledger is rebuilt.
Action read_secrets(Draft& d);

}  // namespace planner
