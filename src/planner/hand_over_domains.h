#pragma once

#include "planner/draft.h"

// Compares the entries of the domain ledger with the list of the platform, and hands them over.
namespace planner {

/// Resolves entries in state Reserved, drops entries whose configuration was deleted, and hands over those whose owner
/// no longer wants the domain. Changes only the draft.
void hand_over_domains(Draft& d);

}  // namespace planner
