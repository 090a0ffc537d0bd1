#pragma once

#include "planner/draft.h"

// The entries of the domain ledger: settled by what the platform lists, and handed over.
namespace planner {

/// Settles intents, drops entries whose configuration is gone, and hands over those whose owner does not wish the
/// domain any more. Changes the draft only.
void hand_over_domains(Draft& d);

}  // namespace planner
