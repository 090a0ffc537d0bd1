#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/store.h"

// Keeps what a process remembers of an instance in step with the objects that there are.
namespace controller {

/// What there is at one moment.
struct Present {
  const Store::World& world;
  const Timing& timing;
  base::SystemTime system;
  base::BootTime boot;
};

/// Notes what was seen for the first time, recalls after a restart what the statuses record, carries out what people
/// ask for by annotation, and drops what no object or ledger entry has any more. `in_scope`: whether the watches cover
/// the namespace.
void keep_up(InstanceMemory& memory, const Present& now, const PlatformAccess& access,
             const std::function<bool(const std::string& ns)>& in_scope);

/// Somebody has asked for a fresh look at the platform that was not taken yet.
bool look_is_wanted(const Instance& instance, const InstanceMemory& memory);

}  // namespace controller
