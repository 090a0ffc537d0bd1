#include "planner/hand_over_entries.h"

#include <algorithm>
#include <utility>

#include "planner/hand_over_domains.h"
#include "planner/ownership.h"

namespace planner {
namespace {

/// Gives the slot to the heir. In exchange, the previous owner is promised the slot that the heir no longer needs, so
/// objects whose Secrets are swapped keep one slot each.
void give(Draft& d, Slot& slot, const ServerCertificate& heir) {
  const meta::ObjectName giver = slot.owner;
  const Uid giver_uid = slot.owner_uid;
  if (slot.state == SlotState::kRetained) {
    slot.take_back(owner_of(heir), d.now_text());
  } else {
    slot.hand_over(owner_of(heir));
  }
  if (giver_uid == heir.meta.uid || d.has_place(giver_uid)) return;
  const CertificateView* left = d.view_of(giver_uid);
  if (left == nullptr || left->object->meta.deleting) return;
  for (Slot& other : d.ledger) {
    if (&other == &slot || other.owner_uid != heir.meta.uid || !other.held()) continue;
    if (!other.promised()) other.promise(giver, giver_uid);
    return;
  }
}

/// Passes a kept slot on to the lender if its owner no longer needs it. False: no object needs it.
bool pass_earmark(Draft& d, Slot& place) {
  while (!needs_place(d, d.view_of(place.owner_uid))) {
    const auto lent = std::find_if(d.ledger.begin(), d.ledger.end(), [&](const Slot& s) {
      return s.owner_uid == place.owner_uid && s.held() && s.promised();
    });
    if (lent == d.ledger.end()) return false;
    place.keep_for(lent->reserved_for, lent->reserved_for_uid, place.since);
    lent->withdraw_promise();
  }
  return true;
}

/// Slots that are kept for a rotation are kept while the rotation needs them. After that they return to the object that
/// lent them, or become free.
void pass_earmarks(Draft& d) {
  Ledger rest;
  for (Slot& slot : d.ledger) {
    if (slot.state != SlotState::kEarmarked || pass_earmark(d, slot)) rest.push_back(slot);
  }
  d.ledger = std::move(rest);
}

const CertificateView* heir_of(const Draft& d, const Slot& slot, const CertificateView* owner) {
  if (owner == nullptr && slot.state != SlotState::kRetained) {
    // The same object with a new uid, as after a restore.
    for (const CertificateView& view : d.o.certificates) {
      if (view.object->meta.name == slot.owner && !view.object->meta.deleting) return &view;
    }
  }
  if (slot.state == SlotState::kRetained && owner != nullptr && wants(d, *owner, slot.fingerprint)) return owner;
  return other_wanting(d, slot);
}

/// A decided deletion cannot be undone, except if the platform rejected it and the owner is deleted with Retain.
void leave_refused(Draft& d, Slot& slot) {
  const CertificateView* owner = d.view_of(slot.owner_uid);
  if (d.o.delete_troubles.contains(slot.attempt) && left_by_policy(d, owner, slot.retain, slot.owner_uid)) {
    slot.leave(d.now_text());
  }
}

}  // namespace

Action hand_over_entries(Draft& d) {
  pass_earmarks(d);
  for (Slot& slot : d.ledger) {
    if (slot.state == SlotState::kDeleting) leave_refused(d, slot);
    if (!slot.held() && slot.state != SlotState::kRetained) continue;
    const CertificateView* owner = d.view_of(slot.owner_uid);
    // An owner that the watches do not cover is not known to be deleted.
    const bool unknown = owner == nullptr && !d.o.gone_since.contains(slot.owner_uid);
    if (unknown && slot.state != SlotState::kRetained) continue;
    const CertificateView* heir =
        slot.state != SlotState::kRetained && keeps(d, owner, slot) ? owner : heir_of(d, slot, owner);
    if (heir != nullptr && heir != owner && heir->secret.recorded) {
      d.unread.push_back(heir->object->meta.uid);
    } else if (heir != nullptr) {
      give(d, slot, *heir->object);
      if (heir->secret.proves(slot.fingerprint)) slot.vouch();
    } else if (slot.state != SlotState::kRetained && left_by_policy(d, owner, slot.retain, slot.owner_uid)) {
      slot.leave(d.now_text());
    }
  }
  if (!d.unread.empty()) {
    if (Action action = d.offer(ReadSecrets{d.unread}); acts(action)) return action;
  }
  hand_over_domains(d);
  return d.written_if_changed();
}

}  // namespace planner
