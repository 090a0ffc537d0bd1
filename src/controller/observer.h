#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/store.h"
#include "controller/vocabulary.h"

namespace controller {

/// Puts together what a plan decides on: the store's snapshot and this process's memory. Also keeps the memory tidy, so
/// it notes what was seen for the first time and drops what no object or ledger entry has any more. No I/O.
Observation observe(const std::string& instance, const Store& store, const PlatformAccess& access,
                    InstanceMemory& memory, const Timing& timing, base::Clock& clock,
                    const std::function<bool(const std::string& ns)>& in_scope);

}  // namespace controller
