#include "planner/delete_certificates.h"

#include <algorithm>

#include "planner/freeing.h"
#include "planner/ownership.h"

namespace planner {
namespace {

/// Its owner is on the way out, and so is a domain configuration of the owner's that may serve it, now or late.
bool domain_goes_first(const Draft& d, const Slot& slot) {
  const CertificateView* owner = d.view_of(slot.owner_uid);
  if (owner != nullptr && !owner->object->meta.deleting) return false;
  return std::any_of(d.domains.begin(), d.domains.end(),
                     [&](const Domain& entry) { return entry.owner_uid == slot.owner_uid && entry.in_use(); });
}

}  // namespace

Action delete_certificates(Draft& d) {
  if (!d.calls) return {};
  for (Slot& slot : d.ledger) {
    // That it is ours to delete is not known, so it is left.
    if (slot.recorded_only && slot.held() && releasable(d, slot)) slot.leave(d.now_text());
  }
  if (Action action = d.written_if_changed(); acts(action)) return action;
  for (const Slot& slot : d.ledger) {
    const bool decided = slot.state == SlotState::kDeleting;
    if (decided && suspended(d, slot)) continue;
    if (!decided && !(slot.held() && releasable(d, slot) && !domain_goes_first(d, slot) && long_unbound(d, slot)))
      continue;
    if (d.in_trouble(slot.attempt) || (!decided && d.in_trouble(slot.owner_uid, Effect::kRead))) continue;
    Action action = decided
                        ? Action(Delete{slot.attempt, with_slot_freed(d.ledger, slot.attempt, d.now_text())})
                        : Action(BeginDelete{slot.attempt, with_delete_begun(d.ledger, slot.attempt, d.now_text())});
    if (action = d.offer(std::move(action)); acts(action)) return action;
  }
  return {};
}

}  // namespace planner
