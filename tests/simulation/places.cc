#include "places.h"

#include <algorithm>

#include "material.h"
#include "violation.h"
#include "world.h"

namespace simulation {

using resources::Ledger;
using resources::Slot;
using resources::SlotState;

namespace {

bool has_place(const Ledger& ledger, const meta::Uid& uid) {
  return std::any_of(ledger.begin(), ledger.end(), [&](const Slot& slot) {
    return slot.state != SlotState::kRetained && (slot.owner_uid == uid || slot.reserved_for_uid == uid);
  });
}

}  // namespace

void Places::reset(const Ledger& now) {
  const base::BootTime t = world_.clock.boot_now();
  holders_.clear();
  for (const Slot& slot : now) {
    if (slot.held()) holders_[slot.owner_uid] = {slot.owner.name, t};
  }
}

void Places::refused(int chain) {
  std::erase_if(holders_, [&](const auto& entry) { return world_.user.content(entry.second.name).chain == chain; });
}

void Places::judge(const Process& writer, const Ledger& before, const Ledger& now, bool was_lost) {
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  if (was_lost || (instance != nullptr && instance->meta.deleting)) {
    reset(now);
    return;
  }
  const base::BootTime t = world_.clock.boot_now();
  // What was borrowed is not given to anybody else.
  for (const Slot& slot : now) {
    const Slot* then = resources::find_attempt(before, slot.attempt);
    // To the same object made anew, the promise goes along.
    if (then == nullptr || then->owner == slot.owner || slot.reserved_for_uid.empty()) continue;
    const auto lender = holders_.find(slot.reserved_for_uid);
    const bool promised = then->reserved_for_uid == slot.reserved_for_uid && lender != holders_.end();
    const bool returned = std::any_of(now.begin(), now.end(), [&](const Slot& other) {
      return other.owner_uid == slot.reserved_for_uid && (other.held() || other.state == SlotState::kEarmarked);
    });
    const resources::ServerCertificate* object = world_.cluster.certificate_with_uid(slot.reserved_for_uid);
    const bool waits = object != nullptr && !object->meta.deleting && !object->suspend;
    if (promised && !returned && waits && is_wanting(*object, lender->second, now)) {
      throw Violation("the slot that " + lender->second.name + " lent goes to " + slot.owner.name);
    }
  }
  // The write that takes a place away can be the one that gives it to somebody else.
  for (auto& [uid, holder] : holders_) {
    if (has_place(now, uid)) holder.held = t;
  }
  std::erase_if(holders_, [&](const auto& entry) { return !entitled(entry.first, entry.second, now); });
  for (const Slot& slot : now) {
    const bool fresh = slot.state == SlotState::kReserved && resources::find_attempt(before, slot.attempt) == nullptr;
    if (!fresh || holders_.contains(slot.owner_uid) || !writer.covers(slot.owner.ns)) continue;
    for (const auto& [uid, holder] : holders_) {
      if (has_place(now, uid)) continue;
      throw Violation("a slot is reserved for " + slot.owner.name + ", which never had one, while " + holder.name +
                      ", which had, is without");
    }
  }
  for (const Slot& slot : now) {
    if (slot.held()) holders_[slot.owner_uid] = {slot.owner.name, t};
  }
}

bool Places::entitled(const meta::Uid& uid, const Holder& holder, const Ledger& now) const {
  const resources::ServerCertificate* object = world_.cluster.certificate_with_uid(uid);
  if (object == nullptr || object->meta.deleting || object->suspend) return false;
  return has_place(now, uid) || is_wanting(*object, holder, now);
}

/// As a process can know, it has a use for a place.
bool Places::is_wanting(const resources::ServerCertificate& object, const Holder& holder, const Ledger& now) const {
  // What was refused waits, and its status recalls that after a restart.
  const meta::Condition* ready = meta::find(object.status.conditions, meta::kReady);
  if (ready != nullptr && ready->reason == "UploadRejected") return false;
  const meta::Uid& uid = object.meta.uid;
  const base::SystemTime date = world_.clock.system_now();
  const std::string domain = object.domain ? object.domain->name : "";
  const auto usable = [&](const Content& content) { return content.usable(date, domain) >= 0; };
  if (!world_.user.always(holder.name, holder.held - kAction, usable)) return false;
  // The process may not know yet what it reads next, and a wish that has changed is a spec that has.
  if (!owners_.lasts(owners_.of(uid).created) || world_.clock.boot_now() < owners_.of(uid).wished + kAction)
    return false;
  const int chain = world_.user.content(holder.name).usable(date, domain);
  // Nor that it wants another chain now.
  const bool stands = world_.user.always(holder.name, world_.clock.boot_now() - kAction,
                                         [&](const Content& content) { return content.chain == chain; });
  if (!stands) return false;
  const bool taken = std::any_of(now.begin(), now.end(),
                                 [&](const Slot& slot) { return chain_of_fingerprint(slot.fingerprint) == chain; });
  const auto& there = world_.cloud.certificates();
  const bool foreign = std::any_of(there.begin(), there.end(), [&](const CloudCertificate& c) {
    return c.chain == chain && (c.alive() || world_.clock.boot_now() < c.listed_until + kAction);
  });
  bool shared = false;
  for (const auto& [name, other] : world_.cluster.certificates()) {
    const bool same = other.meta.uid != uid && world_.user.stood(name.name, holder.held - kAction,
                                                                 [&](const Content& c) { return c.chain == chain; });
    shared = shared || same;
  }
  return !taken && !foreign && !shared;
}

}  // namespace simulation
