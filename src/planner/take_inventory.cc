#include "planner/take_inventory.h"

#include <algorithm>

namespace planner {
namespace {

/// The pause between lists while the platform has not shown all requested certificates.
constexpr base::Duration kAwaitedPause = std::chrono::seconds(10);

/// The time of the next list: at the resync, or earlier while an upload is in doubt.
base::BootTime next_look(Draft& d, base::BootTime tried) {
  // Different for each instance, so that they do not always list at the same time.
  const auto spread = std::hash<std::string>()(d.o.instance->meta.uid.str()) % 200;
  base::BootTime next = tried + d.o.timing.resync * (800 + static_cast<std::int64_t>(spread)) / 1000;
  const auto doubted = [&](const Doubt& doubt) {
    const base::BootTime settled = doubt.first_seen + d.o.timing.doubt_window();
    // After the doubt window, a doubt stays open only if a chain cannot be read. This can last, so the pauses grow.
    const base::Duration age = d.o.boot_now - doubt.first_seen;
    const base::Duration longest = std::max<base::Duration>(std::chrono::seconds(15), (d.o.boot_now - settled) / 4);
    const base::Duration pause = std::clamp<base::Duration>(age / 2, std::chrono::milliseconds(250), longest);
    next = std::min(next, tried < doubt.first_seen ? d.o.boot_now : tried + pause);
    if (tried < settled) next = std::min(next, settled);
  };
  if (!d.o.inventory_denied) {
    for (const Slot& slot : d.ledger) {
      const auto doubt = d.o.doubts.find(slot.attempt);
      if (doubt == d.o.doubts.end()) continue;
      if (slot.state == SlotState::kPresumed) d.wake.at(doubt->second.first_seen + d.o.timing.doubt_window());
      if (slot.open() && !d.o.rights.contains(slot.attempt)) doubted(doubt->second);
    }
    for (const auto& [id, since] : d.o.unshown) doubted({since, 0});
    if (d.o.awaited) next = std::min(next, tried + kAwaitedPause);
  }
  if (!d.o.domains_problem) {
    for (const auto& [name, doubt] : d.o.domain_doubts) doubted(doubt);
  }
  return next;
}

}  // namespace

Action take_inventory(Draft& d) {
  if (!d.calls) return {};
  if (!d.o.inventory_tried || d.o.inventory_wanted) return d.offer(TakeInventory{});
  const base::BootTime tried = *d.o.inventory_tried;
  if (d.o.gate && tried < d.o.gate->until) return d.offer(TakeInventory{});
  const base::BootTime next = next_look(d, tried);
  if (d.due(next)) return d.offer(TakeInventory{});
  return {};
}

}  // namespace planner
