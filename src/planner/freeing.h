#pragma once

#include "planner/draft.h"

// When slots become free.
namespace planner {

/// From then on no update of a domain configuration can name the certificate any more: one that was begun before this
/// process worked, or whose answer was lost, may land late.
base::BootTime unbound_at(const Draft& d, const Slot& slot);

/// That moment has come.
bool long_unbound(Draft& d, const Slot& slot);

/// When the slot of the entry will be freed without user action: now, at a known time, or never.
std::optional<base::BootTime> freed_at(const Draft& d, const Slot& slot);

bool slot_coming_free(const Draft& d);

}  // namespace planner
