#include "planner/ownership.h"

#include <algorithm>

namespace planner {
namespace {

/// What was borrowed returns to its lender before anything else is given: the slot that is promised to it goes to
/// nobody else.
bool promised_to_another(const Draft& d, const Slot& slot, const std::string& uid) {
  return !slot.reserved_for_uid.empty() && slot.reserved_for_uid != uid &&
         needs_place(d, d.view_of(slot.reserved_for_uid));
}

}  // namespace

/// One that the object holds besides.
const Slot* other_slot(const Draft& d, const std::string& uid, const Slot& than) {
  for (const Slot& slot : d.ledger) {
    if (&slot != &than && slot.owner_uid == uid && slot.held()) return &slot;
  }
  return nullptr;
}

/// A place is kept for an object until its certificate is there, was refused for good, or is given up.
bool needs_place(const Draft& d, const CertificateView* keeper) {
  if (keeper == nullptr || keeper->object->meta.deleting) return false;
  const Rejection* refusal = keeper->refusal();
  if (refusal != nullptr && !refusal->about_quota()) return false;
  const certificate::Facts* facts = wanted(*keeper, d.o.now);
  // With a Secret that is not fit for use it waits, unless it has the certificate of before.
  if (facts == nullptr) return held_slot(d.ledger, keeper->object->meta.uid, "") == nullptr;
  const bool has = std::any_of(d.ledger.begin(), d.ledger.end(), [&](const Slot& s) {
    const bool in_doubt = s.open() && s.owner_uid == keeper->object->meta.uid;
    return s.state != SlotState::kDeleting && !in_doubt && s.fingerprint == facts->fingerprint;
  });
  // What is there already, and not to be adopted, is not added.
  const bool there = !keeper->object->adopt && d.unclaimed(facts->fingerprint) != nullptr;
  return !has && !there;
}

bool wants(const Draft& d, const CertificateView& view, const std::string& fingerprint) {
  const certificate::Facts* facts = wanted(view, d.o.now);
  return facts != nullptr && facts->fingerprint == fingerprint &&
         held_slot(d.ledger, view.object->meta.uid, fingerprint) == nullptr;
}

/// The owner has a use for the entry: it wants this chain, or does not have the one that it wants instead. Until it
/// has, one certificate is enough, the newest; a Secret that changes in a hurry must not fill all slots. It is given
/// away before that only to somebody who has another place to give for it.
bool keeps(const Draft& d, const CertificateView* owner, const Slot& slot) {
  if (owner == nullptr || owner->object->meta.deleting) return false;
  const certificate::Facts* facts = wanted(*owner, d.o.now);
  if (facts == nullptr || facts->fingerprint == slot.fingerprint) return true;
  const std::string& uid = owner->object->meta.uid;
  if (held_slot(d.ledger, uid, facts->fingerprint) != nullptr || held_slot(d.ledger, uid, "") != &slot) return false;
  const CertificateView* other = other_wanting(d, slot);
  return other == nullptr || (!d.has_place(other->object->meta.uid) && needs_place(d, owner));
}

const CertificateView* other_wanting(const Draft& d, const Slot& slot) {
  for (const std::size_t i : d.by_priority()) {
    const CertificateView& view = d.o.certificates[i];
    const std::string& uid = view.object->meta.uid;
    if (uid == slot.owner_uid || !view.allowed || promised_to_another(d, slot, uid)) continue;
    if (wants(d, view, slot.fingerprint)) return &view;
  }
  return nullptr;
}

bool gone_for_good(Draft& d, const std::string& uid) {
  const auto gone = d.o.gone_since.find(uid);
  return gone != d.o.gone_since.end() && d.due(gone->second + kGoneGrace);
}

/// `retain` and `uid` are those of the owner when it was last seen.
bool left_by_policy(Draft& d, const CertificateView* owner, bool retain, const std::string& uid) {
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
  // What may be another's is not deleted for an object that does not adopt.
  if (slot.state == SlotState::kPresumed && (owner == nullptr || !owner->object->adopt)) return false;
  return owner != nullptr || gone_for_good(d, slot.owner_uid);
}

}  // namespace planner
