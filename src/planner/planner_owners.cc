#include <algorithm>
#include <utility>

#include "planner/planner.h"

// Whose an entry is, and who has a use for it.
namespace planner {

Action Planner::hand_over() {
  pass_earmarks();
  for (Slot& slot : ledger_) {
    if (slot.state == SlotState::kDeleting) leave_refused(slot);
    if (!slot.held() && slot.state != SlotState::kRetained) continue;
    const CertificateView* owner = view_of(slot.owner_uid);
    // Out of the scope of the watches is not gone.
    const bool unknown = owner == nullptr && !o_.gone_since.contains(slot.owner_uid);
    if (unknown && slot.state != SlotState::kRetained) continue;
    const CertificateView* heir =
        slot.state != SlotState::kRetained && keeps(owner, slot) ? owner : heir_of(slot, owner);
    if (heir != nullptr && heir != owner && heir->secret.recorded) {
      unread_.push_back(heir->object->meta.uid);
    } else if (heir != nullptr) {
      give(slot, *heir->object);
      if (slot.state == SlotState::kRetained) enter(slot, SlotState::kActive);
      if (heir->secret.proves(slot.fingerprint)) slot.recorded_only = false;
    } else if (slot.state != SlotState::kRetained && left_by_policy(owner, slot.retain, slot.owner_uid)) {
      enter(slot, SlotState::kRetained);
    }
  }
  if (!unread_.empty()) {
    if (Action action = offer(ReadSecrets{unread_}); acts(action)) return action;
  }
  hand_over_domains();
  return written_if_changed();
}

/// Objects that change places, as when two Secrets are swapped, keep one each: who gives a slot away gets the one that
/// the heir has no more use for.
void Planner::give(Slot& slot, const ServerCertificate& heir) {
  const meta::ObjectName giver = slot.owner;
  const std::string giver_uid = slot.owner_uid;
  give_to(slot, heir);
  if (slot.reserved_for_uid == slot.owner_uid) {  // who lent a slot has this one for it
    slot.reserved_for = {};
    slot.reserved_for_uid.clear();
  }
  if (giver_uid == heir.meta.uid || has_place(giver_uid)) return;
  const CertificateView* left = view_of(giver_uid);
  if (left == nullptr || left->object->meta.deleting) return;
  if (Slot* other = other_slot(heir.meta.uid, slot); other != nullptr && other->reserved_for_uid.empty()) {
    other->reserved_for = giver;
    other->reserved_for_uid = giver_uid;
  }
}

/// One that the object holds besides.
Slot* Planner::other_slot(const std::string& uid, const Slot& than) {
  for (Slot& slot : ledger_) {
    if (&slot != &than && slot.owner_uid == uid && slot.held()) return &slot;
  }
  return nullptr;
}

/// What is kept for a rotation is kept as long as that needs it. Then it goes back to who lent it, or comes free.
void Planner::pass_earmarks() {
  Ledger rest;
  for (Slot& slot : ledger_) {
    if (slot.state != SlotState::kEarmarked || pass_earmark(slot)) rest.push_back(slot);
  }
  ledger_ = std::move(rest);
}

/// False: nobody needs the place any more.
bool Planner::pass_earmark(Slot& place) {
  while (!needs_place(view_of(place.owner_uid))) {
    const auto lent = std::find_if(ledger_.begin(), ledger_.end(), [&](const Slot& s) {
      return s.owner_uid == place.owner_uid && s.held() && !s.reserved_for_uid.empty();
    });
    if (lent == ledger_.end()) return false;
    place.owner = std::exchange(lent->reserved_for, {});
    place.owner_uid = std::exchange(lent->reserved_for_uid, {});
  }
  return true;
}

/// A place is kept for an object until its certificate is there, was refused for good, or is given up.
bool Planner::needs_place(const CertificateView* keeper) const {
  if (keeper == nullptr || keeper->object->meta.deleting) return false;
  const Rejection* refusal = keeper->refusal();
  if (refusal != nullptr && !refusal->about_quota()) return false;
  const certificate::Facts* facts = wanted(*keeper, o_.now);
  // With a Secret that is not fit for use it waits, unless it has the certificate of before.
  if (facts == nullptr) return held_slot(ledger_, keeper->object->meta.uid, "") == nullptr;
  const bool has = std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& s) {
    const bool in_doubt = s.open() && s.owner_uid == keeper->object->meta.uid;
    return s.state != SlotState::kDeleting && !in_doubt && s.fingerprint == facts->fingerprint;
  });
  // What is there already, and not to be adopted, is not added.
  const bool there = !keeper->object->adopt && unclaimed(facts->fingerprint) != nullptr;
  return !has && !there;
}

Action Planner::hold_on() {
  for (const Slot& slot : ledger_) {
    const CertificateView* owner = slot.held() ? view_of(slot.owner_uid) : nullptr;
    if (owner != nullptr && !owner->object->meta.deleting &&
        !owner->object->meta.has_finalizer(kCertificateFinalizer)) {
      if (in_trouble(slot.owner_uid, Effect::kFinalizer)) continue;
      if (Action action = offer(SetCertificateFinalizer{slot.owner_uid, true}); acts(action)) return action;
    }
  }
  return {};
}

bool Planner::wants(const CertificateView& view, const std::string& fingerprint) const {
  const certificate::Facts* facts = wanted(view, o_.now);
  return facts != nullptr && facts->fingerprint == fingerprint &&
         held_slot(ledger_, view.object->meta.uid, fingerprint) == nullptr;
}

/// The owner has a use for the entry: it wants this chain, or does not have the one that it wants instead. Until it
/// has, one certificate is enough, the newest; a Secret that changes in a hurry must not fill all slots. It is given
/// away before that only to somebody who has another place to give for it.
bool Planner::keeps(const CertificateView* owner, const Slot& slot) const {
  if (owner == nullptr || owner->object->meta.deleting) return false;
  const certificate::Facts* facts = wanted(*owner, o_.now);
  if (facts == nullptr || facts->fingerprint == slot.fingerprint) return true;
  const std::string& uid = owner->object->meta.uid;
  if (held_slot(ledger_, uid, facts->fingerprint) != nullptr || held_slot(ledger_, uid, "") != &slot) return false;
  const CertificateView* other = other_wanting(slot);
  return other == nullptr || (!has_place(other->object->meta.uid) && needs_place(owner));
}

const CertificateView* Planner::other_wanting(const Slot& slot) const {
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    const std::string& uid = view.object->meta.uid;
    if (uid == slot.owner_uid || !view.allowed || promised_to_another(slot, uid)) continue;
    if (wants(view, slot.fingerprint)) return &view;
  }
  return nullptr;
}

/// What was borrowed returns to its lender before anything else is given: the slot that is promised to it goes to
/// nobody else.
bool Planner::promised_to_another(const Slot& slot, const std::string& uid) const {
  return !slot.reserved_for_uid.empty() && slot.reserved_for_uid != uid && needs_place(view_of(slot.reserved_for_uid));
}

const CertificateView* Planner::heir_of(const Slot& slot, const CertificateView* owner) const {
  if (owner == nullptr && slot.state != SlotState::kRetained) {
    // The same object made anew, as after a restore.
    for (const CertificateView& view : o_.certificates) {
      if (view.object->meta.name == slot.owner && !view.object->meta.deleting) return &view;
    }
  }
  if (slot.state == SlotState::kRetained && owner != nullptr && wants(*owner, slot.fingerprint)) return owner;
  return other_wanting(slot);
}

/// Nothing calls a decided delete back, unless it was refused and the object is to go without it.
void Planner::leave_refused(Slot& slot) {
  const CertificateView* owner = view_of(slot.owner_uid);
  if (o_.delete_troubles.contains(slot.attempt) && left_by_policy(owner, slot.retain, slot.owner_uid)) {
    enter(slot, SlotState::kRetained);
  }
}

bool Planner::gone_for_good(const std::string& uid) {
  const auto gone = o_.gone_since.find(uid);
  return gone != o_.gone_since.end() && due(gone->second + kGoneGrace);
}

/// `retain` and `uid` are those of the owner when it was last seen.
bool Planner::left_by_policy(const CertificateView* owner, bool retain, const std::string& uid) {
  if (owner != nullptr) return owner->object->meta.deleting && owner->object->retain;
  return retain && gone_for_good(uid);
}

bool Planner::suspended(const Slot& slot) const {
  const CertificateView* owner = view_of(slot.owner_uid);
  return owner != nullptr && owner->object->suspend;
}

bool Planner::releasable(const Slot& slot) {
  const CertificateView* owner = view_of(slot.owner_uid);
  if (keeps(owner, slot) || suspended(slot)) return false;
  // What may be another's is not deleted for an object that does not adopt.
  if (slot.state == SlotState::kPresumed && (owner == nullptr || !owner->object->adopt)) return false;
  return owner != nullptr || gone_for_good(slot.owner_uid);
}

bool Planner::owns_anything(const std::string& uid) const {
  const bool slot = std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& s) {
    return s.owner_uid == uid && s.state != SlotState::kRetained && s.state != SlotState::kEarmarked;
  });
  return slot || std::any_of(domains_.begin(), domains_.end(), [&](const Domain& d) {
           return d.owner_uid == uid && d.is_used() && d.state != DomainState::kRetained;
         });
}

}  // namespace planner
