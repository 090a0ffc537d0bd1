#include "planner/make_room.h"

#include "planner/freeing.h"
#include "planner/ownership.h"

namespace planner {
namespace {

const Slot* lender_for(Draft& d, const CertificateView& view) {
  for (Slot& slot : d.ledger) {
    const CertificateView* owner = slot.state == SlotState::kActive ? d.view_of(slot.owner_uid) : nullptr;
    if (owner == nullptr || owner == &view || owner->object->rotation == Rotation::kMakeBeforeBreak) continue;
    if (!owner->object->lend || !owner->allowed || slot.recorded_only) continue;
    // An object that is being rotated itself does not lend a slot.
    if (other_slot(d, owner->object->meta.uid, slot) != nullptr) continue;
    // Only a certificate that can be uploaded again unchanged.
    const certificate::Facts* facts = wanted(*owner, d.o.now);
    if (facts == nullptr || facts->fingerprint != slot.fingerprint) continue;
    if (!slot.reserved_for_uid.empty() || owner->refusal() != nullptr) continue;
    if (d.in_trouble(slot.attempt) || d.in_trouble(slot.owner_uid, Effect::kRead)) continue;
    if (long_unbound(d, slot)) return &slot;
  }
  return nullptr;
}

}  // namespace

Action make_room(Draft& d, const CertificateView& view, const Slot& old) {
  const Rotation strategy = view.object->rotation;
  if (!d.calls || strategy == Rotation::kMakeBeforeBreak || slot_coming_free(d)) return {};
  // No certificate is deleted for one that the platform has rejected.
  const Rejection* refusal = view.refusal();
  if (refusal != nullptr && !refusal->about_quota()) return {};
  // A certificate that is listed, but not found by its id, is probably being deleted, which frees its slot.
  if (!d.o.unshown.empty()) return {};
  if (d.in_trouble(view.object->meta.uid, Effect::kRead)) return {};
  const MakeRoom room{view.object->meta.uid, view.secret.facts->fingerprint, old.attempt};
  if (old.state != SlotState::kActive) return {};
  const auto begin_delete = [&](const Slot& slot) {
    Ledger decided = with_room_made(d.ledger, slot.attempt, owner_of(*view.object), old.attempt, d.now_text());
    return d.offer(BeginDelete{slot.attempt, std::move(decided), room});
  };
  if (!old.recorded_only && !d.in_trouble(old.attempt) && long_unbound(d, old)) return begin_delete(old);
  if (strategy == Rotation::kBreakBeforeMake) return {};
  if (const Slot* lender = lender_for(d, view)) return begin_delete(*lender);
  return {};
}

}  // namespace planner
