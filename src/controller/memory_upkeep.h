#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/store.h"

// Updates what a process remembers of an instance when its objects have changed.
namespace controller {

/// The objects and the time, at one moment.
struct Present {
  const Store::World& world;
  const Timing& timing;
  base::SystemTime system;
  base::BootTime boot;
};

/// Notes what is seen for the first time, restores what the statuses record after a restart, handles requests by
/// annotation, and drops what belongs to no object or entry any more. `in_scope`: whether the watches cover the
/// namespace.
void keep_up(InstanceMemory& memory, const Present& now, const PlatformAccess& access,
             const std::function<bool(const std::string& ns)>& in_scope);

/// An inventory was requested by annotation and has not been taken yet.
bool look_is_wanted(const Instance& instance, const InstanceMemory& memory);

}  // namespace controller
