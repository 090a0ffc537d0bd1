#pragma once

#include "planner/draft.h"

// When slots become free.
namespace planner {

/// The time from which no update of a domain configuration can refer to the certificate. Updates that were sent before
/// this process started, or whose response was lost, can arrive late.
base::BootTime unbound_at(const Draft& d, const Slot& slot);

/// Whether unbound_at() has been reached.
bool long_unbound(Draft& d, const Slot& slot);

/// When the slot of the entry will be freed without user action: now, at a known time, or (empty) never.
std::optional<base::BootTime> freed_at(const Draft& d, const Slot& slot);

bool slot_coming_free(const Draft& d);

}  // namespace planner
