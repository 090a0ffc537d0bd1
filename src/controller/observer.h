#pragma once

#include <string>

#include "controller/memory_upkeep.h"

namespace controller {

/// Puts together what a plan decides on: the objects at one moment, the way to the platform, and what this process
/// remembers. Has no effects.
Observation observe(const std::string& instance, const Present& now, const PlatformAccess& access,
                    const InstanceMemory& memory);

}  // namespace controller
