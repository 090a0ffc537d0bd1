#pragma once

#include "planner/draft.h"

// Rebuilds a ledger that was lost, as by a restore that drops the status, or that went back to an older state with
// etcd.
namespace planner {

/// The ledger is lost or went back, so nothing may be uploaded or deleted based on it.
bool rebuilding(const Draft& d);

/// Rebuilds the ledger from a list of the platform that began when no earlier upload could arrive. Without the
/// permission to list, a user decides by annotation.
Action rebuild_ledger(Draft& d);

/// The problem of the objects until the ledger is rebuilt.
Problem ledger_is_lost(const Draft& d);

}  // namespace planner
