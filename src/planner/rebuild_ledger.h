#pragma once

#include "planner/draft.h"

// A ledger that was lost, as in a restore that drops the status, or that went back in time with its store.
namespace planner {

/// The ledger is lost or old, so nothing may be added or removed that rests on it.
bool rebuilding(const Draft& d);

/// Rebuilds the ledger from a list of the platform that began when no earlier upload could arrive any more; without the
/// permission to list, as a person says.
Action rebuild_ledger(Draft& d);

/// What objects say meanwhile.
Problem ledger_is_lost(const Draft& d);

}  // namespace planner
