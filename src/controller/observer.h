#pragma once

#include <string>

#include "controller/memory_upkeep.h"

// Makes the observation that a plan is made from.
namespace controller {

/// Everything that a plan depends on: the objects at one moment, the access to the platform, and what this process
/// remembers. Has no side effects.
Observation observe(const std::string& instance, const Present& now, const PlatformAccess& access,
                    const InstanceMemory& memory);

}  // namespace controller
