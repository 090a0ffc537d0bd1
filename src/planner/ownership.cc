#include "planner/ownership.h"

#include <algorithm>

namespace planner {
namespace {

/// The slot is promised to another object that still needs it, such as the lender of a slot. No other object gets it.
bool promised_to_another(const Draft& d, const Slot& slot, const Uid& uid) {
  return !slot.reserved_for_uid.empty() && slot.reserved_for_uid != uid &&
         needs_place(d, d.view_of(slot.reserved_for_uid));
}

}  // namespace

const Slot* other_slot(const Draft& d, const Uid& uid, const Slot& than) {
  for (const Slot& slot : d.ledger) {
    if (&slot != &than && slot.owner_uid == uid && slot.held()) return &slot;
  }
  return nullptr;
}

bool needs_place(const Draft& d, const CertificateView* keeper) {
  if (keeper == nullptr || keeper->object->meta.deleting) return false;
  const Rejection* refusal = keeper->refusal();
  if (refusal != nullptr && !refusal->about_quota()) return false;
  const certificate::Facts* facts = wanted(*keeper, d.o.now);
  // If its Secret is not usable, the slot is kept, unless the object still holds its previous certificate.
  if (facts == nullptr) return held_slot(d.ledger, keeper->object->meta.uid, "") == nullptr;
  const bool has = std::any_of(d.ledger.begin(), d.ledger.end(), [&](const Slot& s) {
    const bool in_doubt = s.open() && s.owner_uid == keeper->object->meta.uid;
    return s.state != SlotState::kDeleting && !in_doubt && s.fingerprint == facts->fingerprint;
  });
  // A chain that is on the platform already and must not be adopted is not uploaded.
  const bool there = !keeper->object->adopt && d.unclaimed(facts->fingerprint) != nullptr;
  return !has && !there;
}

bool wants(const Draft& d, const CertificateView& view, const Fingerprint& fingerprint) {
  const certificate::Facts* facts = wanted(view, d.o.now);
  return facts != nullptr && facts->fingerprint == fingerprint &&
         held_slot(d.ledger, view.object->meta.uid, fingerprint) == nullptr;
}

bool keeps(const Draft& d, const CertificateView* owner, const Slot& slot) {
  if (owner == nullptr || owner->object->meta.deleting) return false;
  const certificate::Facts* facts = wanted(*owner, d.o.now);
  if (facts == nullptr || facts->fingerprint == slot.fingerprint) return true;
  const Uid& uid = owner->object->meta.uid;
  if (held_slot(d.ledger, uid, facts->fingerprint) != nullptr || held_slot(d.ledger, uid, "") != &slot) return false;
  const CertificateView* other = other_wanting(d, slot);
  if (other == nullptr) return true;
  // To a newcomer it goes only if its owner has no use for the place. If the platform refuses the new certificate of
  // the owner, this is all that the owner has.
  return !d.has_place(other->object->meta.uid) && (owner->refusal() != nullptr || needs_place(d, owner));
}

const CertificateView* other_wanting(const Draft& d, const Slot& slot) {
  for (const std::size_t i : d.by_priority()) {
    const CertificateView& view = d.o.certificates[i];
    const Uid& uid = view.object->meta.uid;
    if (uid == slot.owner_uid || !view.allowed || promised_to_another(d, slot, uid)) continue;
    if (wants(d, view, slot.fingerprint)) return &view;
  }
  return nullptr;
}

bool gone_for_good(Draft& d, const Uid& uid) {
  const auto gone = d.o.gone_since.find(uid);
  return gone != d.o.gone_since.end() && d.due(gone->second + kGoneGrace);
}

bool left_by_policy(Draft& d, const CertificateView* owner, bool retain, const Uid& uid) {
  if (owner != nullptr) return owner->object->meta.deleting && owner->object->retain;
  return retain && gone_for_good(d, uid);
}

bool suspended(const Draft& d, const Slot& slot) {
  const CertificateView* owner = d.view_of(slot.owner_uid);
  return owner != nullptr && owner->object->suspend;
}

bool releasable(Draft& d, const Slot& slot) {
  const CertificateView* owner = d.view_of(slot.owner_uid);
  if (keeps(d, owner, slot) || suspended(d, slot)) return false;
  // A presumed certificate can be that of another party, which an object with adoptionPolicy Never must not delete.
  if (slot.state == SlotState::kPresumed && (owner == nullptr || !owner->object->adopt)) return false;
  return owner != nullptr || gone_for_good(d, slot.owner_uid);
}

}  // namespace planner
