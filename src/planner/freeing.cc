#include "planner/freeing.h"

#include <algorithm>

#include "planner/ownership.h"

namespace planner {

base::BootTime unbound_at(const Draft& d, const Slot& slot) {
  if (std::none_of(d.domains.begin(), d.domains.end(), [](const Domain& entry) { return entry.is_used(); }))
    return d.o.boot_now;
  const auto bound = d.o.bound.find(slot.id);
  const base::BootTime last = bound == d.o.bound.end() ? d.o.watched_since : std::max(d.o.watched_since, bound->second);
  return last + d.o.timing.doubt_window();
}

bool long_unbound(Draft& d, const Slot& slot) {
  return d.due(unbound_at(d, slot));
}

std::optional<base::BootTime> freed_at(const Draft& d, const Slot& slot) {
  if (comes_free(d.o, slot)) return d.o.boot_now;
  if (!slot.held() || d.o.delete_troubles.contains(slot.attempt) || suspended(d, slot)) return std::nullopt;
  const CertificateView* owner = d.view_of(slot.owner_uid);
  if (owner == nullptr) return std::nullopt;
  if (owner->object->meta.deleting) return owner->object->retain ? std::nullopt : std::optional(unbound_at(d, slot));
  // Otherwise it is the old certificate of a rotation, which only remains to be deleted.
  if (keeps(d, owner, slot)) return std::nullopt;
  return unbound_at(d, slot);
}

bool slot_coming_free(const Draft& d) {
  return std::any_of(d.ledger.begin(), d.ledger.end(), [&](const Slot& slot) { return freed_at(d, slot).has_value(); });
}

}  // namespace planner
