#include "planner/delete_certificates.h"

#include <algorithm>

#include "planner/freeing.h"
#include "planner/ownership.h"

namespace planner {
namespace {

/// Its owner is being deleted and still has a domain configuration, which may serve the certificate. That is deleted
/// first.
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
    // It is not certain that the operator uploaded it, so it stays on the platform.
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
