#include "resources/ledger.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace resources {
namespace {

Slot made(Attempt attempt, SlotState state, const Owner& owner, Fingerprint fingerprint, std::string since) {
  Slot slot;
  slot.attempt = std::move(attempt);
  slot.state = state;
  slot.owner = owner.name;
  slot.owner_uid = owner.uid;
  slot.retain = owner.retain;
  slot.fingerprint = std::move(fingerprint);
  slot.since = std::move(since);
  return slot;
}

void enter(Slot& slot, SlotState state, std::string since) {
  slot.state = state;
  slot.since = std::move(since);
}

void give(Slot& slot, const Owner& owner) {
  slot.owner = owner.name;
  slot.owner_uid = owner.uid;
  slot.retain = owner.retain;
  // An object that waits for a slot that it lent gets this slot instead.
  if (slot.reserved_for_uid == slot.owner_uid) slot.withdraw_promise();
}

/// The upload succeeded, so the slot need not be kept for another attempt.
void found(Slot& slot, CertificateId id, SlotState state, std::string since) {
  base::must(slot.open(), "the outcome of the upload is unknown");
  base::must(!id.empty(), "a certificate on the platform has an id");
  slot.id = std::move(id);
  if (slot.reserved_for_uid == slot.owner_uid) slot.withdraw_promise();
  enter(slot, state, std::move(since));
}

Slot& entry_of(Ledger& ledger, const Attempt& attempt) {
  const auto it = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& s) { return s.attempt == attempt; });
  base::must(it != ledger.end(), "the attempt has an entry");
  return *it;
}

}  // namespace

Owner owner_of(const ServerCertificate& object) {
  return {object.meta.name, object.meta.uid, object.retain};
}

Slot Slot::reserve(Attempt attempt, const Owner& owner, Fingerprint fingerprint, bool keeps_place, std::string since) {
  Slot slot = made(std::move(attempt), SlotState::kReserved, owner, std::move(fingerprint), std::move(since));
  if (keeps_place) slot.promise(owner.name, owner.uid);
  return slot;
}

Slot Slot::adopt(Attempt attempt, const Owner& owner, Fingerprint fingerprint, CertificateId id, std::string since) {
  Slot slot = made(std::move(attempt), SlotState::kActive, owner, std::move(fingerprint), std::move(since));
  slot.adopted = true;
  slot.id = std::move(id);
  return slot;
}

Slot Slot::recover(Attempt attempt, const Owner& owner, Fingerprint fingerprint, CertificateId id, bool proven,
                   std::string since) {
  Slot slot = made(std::move(attempt), SlotState::kActive, owner, std::move(fingerprint), std::move(since));
  slot.id = std::move(id);
  slot.recorded_only = !proven;
  return slot;
}

Slot Slot::lost(Attempt attempt, std::string since) {
  return made(std::move(attempt), SlotState::kLost, {}, "", std::move(since));
}

void Slot::doubt(std::string at) {
  base::must(state == SlotState::kReserved, "only a Reserved entry becomes InDoubt");
  enter(*this, SlotState::kInDoubt, std::move(at));
}

void Slot::uploaded(CertificateId its_id, std::string at) {
  found(*this, std::move(its_id), SlotState::kActive, std::move(at));
}

void Slot::presume(CertificateId its_id, std::string at) {
  found(*this, std::move(its_id), SlotState::kPresumed, std::move(at));
}

void Slot::confirm(std::string at) {
  base::must(state == SlotState::kPresumed, "only a Presumed entry is confirmed");
  enter(*this, SlotState::kActive, std::move(at));
}

void Slot::vouch() {
  base::must(!id.empty(), "the entry has a certificate id");
  recorded_only = false;
}

void Slot::hand_over(const Owner& heir) {
  base::must(held(), "only a held entry changes its owner");
  give(*this, heir);
}

void Slot::leave(std::string at) {
  base::must(held() || state == SlotState::kDeleting, "only a held or Deleting entry is retained");
  enter(*this, SlotState::kRetained, std::move(at));
}

void Slot::take_back(const Owner& heir, std::string at) {
  base::must(state == SlotState::kRetained, "only a Retained entry is taken back");
  give(*this, heir);
  enter(*this, SlotState::kActive, std::move(at));
}

void Slot::begin_delete(std::string at) {
  base::must(held(), "only a held entry is deleted");
  enter(*this, SlotState::kDeleting, std::move(at));
}

void Slot::promise(const meta::ObjectName& name, const Uid& uid) {
  base::must(!promised(), "a slot is promised to one object");
  reserved_for = name;
  reserved_for_uid = uid;
}

void Slot::withdraw_promise() {
  reserved_for = {};
  reserved_for_uid = {};
}

void Slot::take_promise_of(Slot& other) {
  promise(other.reserved_for, other.reserved_for_uid);
  other.withdraw_promise();
}

void Slot::keep_for(const meta::ObjectName& name, const Uid& uid, std::string at) {
  base::must(state != SlotState::kLost && state != SlotState::kOther, "the entry is neither Lost nor Other");
  *this = made(std::move(attempt), SlotState::kEarmarked, {name, uid}, "", std::move(at));
}

const Slot* find_attempt(const Ledger& ledger, const Attempt& attempt) {
  const auto it = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& s) { return s.attempt == attempt; });
  return it == ledger.end() ? nullptr : &*it;
}

const Slot* find_id(const Ledger& ledger, const CertificateId& id) {
  const auto it = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& s) { return !id.empty() && s.id == id; });
  return it == ledger.end() ? nullptr : &*it;
}

Ledger with_delete_begun(Ledger ledger, const Attempt& attempt, const std::string& since) {
  entry_of(ledger, attempt).begin_delete(since);
  return ledger;
}

Ledger with_room_made(Ledger ledger, const Attempt& attempt, const Owner& rotating, const Attempt& old,
                      const std::string& since) {
  Slot& entry = entry_of(ledger, attempt);
  if (entry.owner_uid != rotating.uid) {
    Slot& promised = entry_of(ledger, old);
    promised.withdraw_promise();
    promised.promise(entry.owner, entry.owner_uid);
  }
  entry.begin_delete(since);
  entry.withdraw_promise();
  entry.promise(rotating.name, rotating.uid);
  return ledger;
}

Ledger with_slot_freed(Ledger ledger, const Attempt& attempt, const std::string& since) {
  Slot& entry = entry_of(ledger, attempt);
  base::must(entry.state == SlotState::kDeleting, "only a Deleting entry is freed");
  if (!entry.promised()) {
    const auto owes = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& other) {
      return other.owner_uid == entry.owner_uid && other.promised() && other.held();
    });
    if (owes != ledger.end()) entry.take_promise_of(*owes);
  }
  if (entry.promised()) {
    const meta::ObjectName name = entry.reserved_for;
    entry.keep_for(name, Uid(entry.reserved_for_uid), since);
    return ledger;
  }
  Ledger rest;
  for (Slot& slot : ledger) {
    if (slot.attempt != attempt) rest.push_back(std::move(slot));
  }
  return rest;
}

}  // namespace resources
