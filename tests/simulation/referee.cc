#include "referee.h"

#include <algorithm>

#include "material.h"
#include "planner/plan.h"
#include "process.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using resources::SlotState;
using std::chrono::seconds;

/// From the list that a reservation rests on to its add: the age of the list, the calls in between and T1.
constexpr base::Duration kReservation = seconds(120);

std::string text(const resources::Slot& slot) {
  return std::string(resources::to_string(slot.state)) + " " + slot.attempt.str() + " (" +
         chain_label(chain_of_fingerprint(slot.fingerprint)) + (slot.id.empty() ? "" : ", " + slot.id.str()) + ", of " +
         slot.owner.name + ")";
}

}  // namespace

Referee::Referee(World& world)
    : world_(world), owners_(world.clock), places_(world, owners_), domains_(world, owners_) {}

void Referee::instance_changed(const resources::Instance* before, const resources::Instance* now) {
  static const Ledger kNone;
  const Ledger& then = before != nullptr && before->status.slots ? *before->status.slots : kNone;
  if (now == nullptr) {
    for (CloudCertificate& there : world_.cloud.certificates()) there.ours = false;  // what was left is nobody's now
    for (Binding& there : world_.cloud.domains.all()) there.ours = false;
    claims_.clear();
    if (writer_ == nullptr) return;  // not let go, but not there in a backup
    for (const Slot& slot : then) {
      if (slot.state != SlotState::kRetained) throw Violation("the instance is let go with " + text(slot));
    }
    return;
  }
  if (writer_ == nullptr) {
    places_.reset(now->status.slots.value_or(kNone));
    return;
  }
  const bool was_lost =
      before != nullptr && (!before->status.slots || std::any_of(then.begin(), then.end(), [](const Slot& s) {
        return s.state == SlotState::kLost;
      }));
  judge_ledger(then, now->status.slots.value_or(kNone), was_lost);
  places_.judge(*writer_, then, now->status.slots.value_or(kNone), was_lost);
  domains_.judge_ledger(before != nullptr ? before->status.domains : resources::DomainLedger{}, now->status.domains,
                        now->status.slots.value_or(kNone), was_lost);
  judge_foreign(*now);
}

void Referee::certificate_changed(const resources::ServerCertificate* before, const resources::ServerCertificate* now) {
  owners_.changed(before, now);
  if (now == nullptr) return;
  const iotda::CertificateId& id = now->status.server_certificate_id;
  if (writer_ == nullptr || id.empty()) return;
  const CloudCertificate* there = world_.cloud.find(id);
  if (there == nullptr)
    throw Violation("the status of " + now->meta.name.name + " has an id that never was: " + id.str());
  if (there->chain != chain_of_fingerprint(now->status.fingerprint)) {
    throw Violation("the status of " + now->meta.name.name + " has a fingerprint that is not that of " + id.str());
  }
}

void Referee::ledger_is_lost() {
  // That a certificate was left by its owner, only the ledger knew.
  std::erase_if(claims_, [&](const auto& claim) {
    const Slot* slot = live_slot(claim.first);
    return slot != nullptr && slot->state == SlotState::kRetained;
  });
  for (const auto& [name, object] : world_.cluster.certificates()) {
    const CloudCertificate* there = world_.cloud.find(object.status.server_certificate_id);
    const Slot* slot = there == nullptr ? nullptr : live_slot(there->id);
    if (slot != nullptr && slot->held() && slot->owner_uid == object.meta.uid) claims_[there->id] = object.meta.uid;
  }
}

bool Referee::restored_just_now() const {
  return restored_at_ && world_.clock.boot_now() <= *restored_at_ + kAction;
}

void Referee::restored() {
  restored_at_ = world_.clock.boot_now();
  dropped_.clear();
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const Ledger ledger = instance != nullptr ? instance->status.slots.value_or(Ledger{}) : Ledger{};
  places_.reset(ledger);
  for (CloudCertificate& there : world_.cloud.certificates()) {
    if (resources::find_id(ledger, there.id) == nullptr) there.orphaned = true;
  }
  for (PendingAdd& add : world_.cloud.pending()) add.orphaned = true;
  for (Binding& there : world_.cloud.domains.all()) {
    const resources::Domain* entry =
        instance == nullptr ? nullptr : resources::find_domain(instance->status.domains, there.name);
    const bool recorded = entry != nullptr && entry->id == there.id;
    if (!recorded) there.orphaned = true;
    if (recorded && there.there) there.ours = true;  // also if it was given back since
  }
  for (PendingBinding& call : world_.cloud.domains.pending()) call.orphaned = true;
}

void Referee::judge_ledger(const Ledger& before, const Ledger& now, bool was_lost) {
  world_.story.tell([&] {
    std::string line = "    ledger:";
    for (const Slot& slot : now) line += " [" + text(slot) + "]";
    return line;
  });
  std::set<iotda::CertificateId> ids;
  std::set<resources::Attempt> attempts;
  for (const Slot& slot : now) {
    if (!attempts.insert(slot.attempt).second) throw Violation("two entries of one attempt: " + text(slot));
    if (!slot.id.empty() && !ids.insert(slot.id).second) throw Violation("two entries with one id: " + text(slot));
    const Slot* then = resources::find_attempt(before, slot.attempt);
    if (then == nullptr) {
      judge_new(slot, now, was_lost);
    } else if (!(*then == slot)) {
      judge_change(*then, slot, now);
    }
  }
  for (const Slot& slot : before) {
    if (resources::find_attempt(now, slot.attempt) != nullptr) continue;
    dropped_.insert(slot.attempt);
    judge_dropped(slot, now);
  }
}

void Referee::judge_new(const Slot& slot, const Ledger& now, bool was_lost) {
  if (dropped_.contains(slot.attempt)) throw Violation("an attempt is used again: " + text(slot));
  if (slot.state == SlotState::kReserved) {
    // Put back after a restore, beside what the restored ledger has.
    if (world_.user.ledger_was_lost() && reserved_.contains(slot.attempt)) return;
    reserved_[slot.attempt] = world_.clock.boot_now();
    if (now.size() > static_cast<std::size_t>(world_.setup.quota)) {
      throw Violation("more entries than slots are reserved: " + text(slot));
    }
    for (const Slot& other : now) {
      if (&other != &slot && other.fingerprint == slot.fingerprint) {
        throw Violation("a chain is reserved that has an entry: " + text(slot) + " beside " + text(other));
      }
    }
  } else if (slot.state == SlotState::kActive) {
    // What a rebuild finds was ours before, whatever the policy says.
    const bool rebuilt = was_lost || (world_.user.ledger_was_lost() && !slot.adopted);
    take_over(slot, rebuilt || owners_.of(slot.owner_uid).adopts);
  } else if (world_.user.ledger_was_lost() && slot.state != SlotState::kOther) {
    return;  // what a process remembers of a ledger that went back, or a question for a person
  } else {
    throw Violation("an entry begins as " + text(slot));
  }
}

void Referee::judge_change(const Slot& before, const Slot& slot, const Ledger& now) {
  if (slot.state == SlotState::kEarmarked) {
    if (before.state == SlotState::kRetained) throw Violation("an entry is kept free that was " + text(before));
    judge_dropped(before, now);
    return;
  }
  if (!before.id.empty() && before.id != slot.id) throw Violation("an entry changes its id: " + text(slot));
  if (before.fingerprint != slot.fingerprint) throw Violation("an entry changes its chain: " + text(slot));
  // One that was refused may be left by policy, and then go on with somebody who wants it.
  const bool left = slot.state == SlotState::kRetained || slot.owner_uid != before.owner_uid;
  if (before.state == SlotState::kDeleting && slot.state != SlotState::kDeleting && !left) {
    throw Violation("a decided delete is called back: " + text(slot));
  }
  if (before.id.empty() && !slot.id.empty()) {
    const CloudCertificate& there = certificate_of(slot);
    // What a person says is ours is ours.
    const resources::Instance* instance = world_.cluster.instance(kInstance);
    const bool told = instance != nullptr && instance->resolve_upload == slot.attempt.str() + "=" + slot.id.str();
    if (!there.ours && slot.state != SlotState::kPresumed && !told) throw Violation("not ours at all: " + text(slot));
    // Also one of ours whose entry was lost in a restore.
    if (!there.ours || there.orphaned) mistaken_for(there);
    if (told) take_over(slot, true);
  }
  if (before.state == SlotState::kPresumed) {
    // Whose it is cannot be told any better once the doubt is over, or where the policy allows to take it over.
    if (slot.state == SlotState::kActive || slot.state == SlotState::kRetained) take_over(slot, true);
    if (slot.state == SlotState::kDeleting) take_over(slot, owners_.of(before.owner_uid).adopts);
  }
  if (slot.state == SlotState::kDeleting && before.state != SlotState::kDeleting) {
    judge_served(slot);
    // What was promised before is how a loan is given back.
    if (slot.reserved_for_uid != before.reserved_for_uid) {
      judge_room(slot);
    } else {
      judge_decision(slot, now);
    }
  }
}

/// Somebody else's certificate of the same chain was taken for the one that we added, if there is one at all. Nobody
/// can tell them apart; ours is a foreign one from now on.
void Referee::mistaken_for(const CloudCertificate& other) {
  for (CloudCertificate& there : world_.cloud.certificates()) {
    const bool unknown = live_slot(there.id) == nullptr;
    if (there.id != other.id && there.chain == other.chain && unknown) there.orphaned = true;
  }
  for (PendingAdd& add : world_.cloud.pending()) {
    if (add.chain == other.chain) add.orphaned = true;
  }
}

void Referee::judge_dropped(const Slot& slot, const Ledger& now) const {
  if (slot.state == SlotState::kEarmarked) return;
  if (!slot.id.empty()) {
    const CloudCertificate* there = world_.cloud.find(slot.id);
    if (there != nullptr && there->alive())
      throw Violation("an entry is dropped whose certificate is there: " + text(slot));
    return;
  }
  const int chain = chain_of_fingerprint(slot.fingerprint);
  for (const PendingAdd& add : world_.cloud.pending()) {
    if (add.chain == chain && !add.orphaned)
      throw Violation("an entry is dropped whose add may still land: " + text(slot));
  }
  for (const CloudCertificate& there : world_.cloud.certificates()) {
    if (there.alive() && there.ours && !there.orphaned && there.chain == chain &&
        resources::find_id(now, there.id) == nullptr) {
      throw Violation("an entry is dropped whose add has landed as " + there.id.str() + ": " + text(slot));
    }
  }
}

/// The decision to remove a certificate: its owner must be gone, going, or have another one that its Secret asks for.
void Referee::judge_decision(const Slot& slot, const Ledger& now) {
  const base::BootTime t = world_.clock.boot_now();
  const CloudCertificate& there = certificate_of(slot);
  if (!there.ours) throw Violation("it is decided to delete a certificate of others: " + text(slot));
  const Owner& owner = owners_.of(slot.owner_uid);
  if (owner.gone) {
    if (!owner.deleting && t < *owner.gone + planner::kGoneGrace && !is_superseded(slot, now)) {
      throw Violation("its owner has vanished only just now: " + text(slot));
    }
    const auto heir = world_.cluster.certificates().find(slot.owner);
    if (heir == world_.cluster.certificates().end() || heir->second.meta.deleting) return;
    if (owners_.lasts(owners_.of(heir->second.meta.uid).created)) {
      throw Violation("its owner was made anew and would go on with it: " + text(slot));
    }
    return;
  }
  if (owners_.lasts(owner.suspended)) throw Violation("it is decided to delete for a suspended object: " + text(slot));
  if (owner.deleting) {
    if (owners_.lasts(owner.retained) && owners_.lasts(owner.deleting)) {
      throw Violation("it is decided to delete what is to be retained: " + text(slot));
    }
    return;
  }
  if (!is_superseded(slot, now)) throw Violation("nothing takes its place, but it is decided to delete: " + text(slot));
}

/// A certificate that is still of use goes, to make room for a rotation: the Secret of the one that rotates must ask
/// for another chain than it has, and whoever lends the slot must be able to come back.
void Referee::judge_room(const Slot& slot) {
  const base::BootTime t = world_.clock.boot_now();
  if (!certificate_of(slot).ours) throw Violation("room is made with a certificate of others: " + text(slot));
  const Owner& rotating = owners_.of(slot.reserved_for_uid);
  if (owners_.lasts(rotating.gone) || owners_.lasts(rotating.deleting) || owners_.lasts(rotating.suspended)) {
    throw Violation("room is made for an object that does not rotate: " + text(slot));
  }
  const Owner& lender = owners_.of(slot.owner_uid);
  if (owners_.lasts(lender.gone) || owners_.lasts(lender.deleting) || owners_.lasts(lender.suspended)) {
    throw Violation("a slot is borrowed from an object that does not lend: " + text(slot));
  }
  const bool own = slot.owner_uid == slot.reserved_for_uid;
  const int chain = own ? chain_of_fingerprint(slot.fingerprint) : -1;
  const auto good = [](const Content& content, int other_than) {
    return content.kind == Content::Kind::kGood && content.chain != other_than;
  };
  if (!world_.user.stood(slot.reserved_for.name, t - kAction, [&](const Content& c) { return good(c, chain); })) {
    throw Violation("room is made for what is not in the Secret: " + text(slot));
  }
  if (!own && !world_.user.stood(slot.owner.name, t - kAction, [&](const Content& c) { return good(c, -1); })) {
    throw Violation("a slot is borrowed that could not be given back: " + text(slot));
  }
}

/// What a domain configuration serves is not decided about: its owner could not keep it any more.
void Referee::judge_served(const Slot& slot) const {
  if (slot.reserved_for_uid == slot.owner_uid && owners_.may_break(slot.owner_uid)) return;
  const Binding* binding = world_.cloud.binding_of(slot.id);
  if (binding != nullptr && is_seen(*writer_, *binding, world_.clock.boot_now())) {
    throw Violation("it is decided to delete what " + binding->id.str() + " serves: " + text(slot));
  }
}

/// A list may still show what the writer itself has removed for this instance, but it is nobody else's.
void Referee::judge_foreign(const resources::Instance& now) const {
  for (const resources::ForeignCertificate& there : now.status.foreign) {
    const auto removed = writer_->removed.find(there.id);
    if (removed != writer_->removed.end() && removed->second == now.meta.uid) {
      throw Violation("it counts as another's what it has removed: " + there.id.str());
    }
  }
}

/// The Secret of its owner has asked for another chain, and the owner has a certificate beside this one.
bool Referee::is_superseded(const Slot& slot, const Ledger& now) const {
  const int chain = chain_of_fingerprint(slot.fingerprint);
  const bool replaced = std::any_of(now.begin(), now.end(), [&](const Slot& other) {
    return other.attempt != slot.attempt && other.owner_uid == slot.owner_uid && other.held();
  });
  return replaced && world_.user.stood(slot.owner.name, world_.clock.boot_now() - kAction, [&](const Content& content) {
    return content.kind == Content::Kind::kGood && content.chain != chain;
  });
}

/// Taking over makes it ours, deletion included.
void Referee::take_over(const Slot& slot, bool allowed) {
  CloudCertificate& there = certificate_of(slot);
  if (!there.ours && !allowed) throw Violation("it is not allowed to take over " + text(slot));
  there.ours = true;
  there.orphaned = false;
}

CloudCertificate& Referee::certificate_of(const Slot& slot) const {
  CloudCertificate* there = world_.cloud.find(slot.id);
  if (there == nullptr) throw Violation("an entry has an id that never was: " + text(slot));
  if (there->chain != chain_of_fingerprint(slot.fingerprint)) {
    throw Violation("an entry has a chain that is not that of its id: " + text(slot));
  }
  return *there;
}

const Referee::Slot* Referee::live_slot(const iotda::CertificateId& id) const {
  for (const auto& [name, instance] : world_.cluster.instances()) {
    if (!instance.status.slots) continue;
    if (const Slot* slot = resources::find_id(*instance.status.slots, id)) return slot;
  }
  return nullptr;
}

bool Referee::add_sent(const Process& process, int chain, std::string_view private_key) {
  if (chain < 0 || chains()[static_cast<std::size_t>(chain)].key_pem != private_key) {
    throw Violation("an add whose certificate and key do not belong together");
  }
  const std::string label = chain_label(chain);
  const Chain& material = chains()[static_cast<std::size_t>(chain)];
  const base::SystemTime date = world_.clock.system_now();
  if (!material.in_date(date) && !material.in_date(date - kAction))
    throw Violation("an add out of its dates: " + label);
  judge_space_for(chain);

  const base::BootTime t = world_.clock.boot_now();
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const Slot* reservation = nullptr;
  if (instance != nullptr && instance->status.slots) {
    for (const Slot& slot : *instance->status.slots) {
      if (slot.fingerprint == material.fingerprint && slot.state == SlotState::kReserved) reservation = &slot;
    }
  }
  if (reservation == nullptr) {
    if (world_.user.ledger_was_lost() && t - world_.user.ledger_lost_at() <= kAction) return false;
    throw Violation("an add without a reservation: " + label);
  }
  // What stands in a store that has just gone back is not what the process has written.
  if (t >= reserved_[reservation->attempt] + world_.timing.send_window && !restored_just_now()) {
    throw Violation("an add after its time: " + text(*reservation));
  }
  if (process.knew_suspended(reservation->owner_uid)) throw Violation("an add for a suspended object: " + label);
  const bool stood = world_.user.stood(reservation->owner.name, process.run_began(), [&](const Content& content) {
    return content.kind == Content::Kind::kGood && content.chain == chain;
  });
  if (!stood) throw Violation("an add of what does not stand in the Secret: " + label);
  return true;
}

/// Neither a second certificate of a chain, nor more certificates than there are slots.
void Referee::judge_space_for(int chain) const {
  const base::BootTime t = world_.clock.boot_now();
  std::size_t taken = 0;
  for (const CloudCertificate& there : world_.cloud.certificates()) {
    if (!there.alive() || there.orphaned) continue;
    const bool seen = there.ours || (!list_was_denied_ && there.listed_from + kReservation < t);
    if (!seen) continue;
    ++taken;
    if (there.chain == chain)
      throw Violation("an add of a chain that is there as " + there.id.str() + ": " + chain_label(chain));
  }
  for (const PendingAdd& add : world_.cloud.pending()) {
    if (add.orphaned) continue;
    ++taken;
    if (add.chain == chain) throw Violation("an add of a chain that is on its way: " + chain_label(chain));
  }
  if (taken + 1 > static_cast<std::size_t>(world_.setup.quota)) {
    throw Violation("an add beyond the quota: " + chain_label(chain));
  }
}

void Referee::remove_sent(const Process& process, const iotda::CertificateId& id) {
  const CloudCertificate* there = world_.cloud.find(id);
  if (there == nullptr) throw Violation("a delete of an id that never was: " + id.str());
  if (!there->alive()) return;
  if (!there->ours) throw Violation("a delete of a certificate of others: " + id.str());
  const Slot* slot = live_slot(id);
  if (slot == nullptr || slot->state != SlotState::kDeleting) {
    // The decision stood in the ledger before a restore, which the process may not have seen yet.
    const bool stale = restored_at_ && process.ledger_read() < *restored_at_;
    if (!there->orphaned && !restored_just_now() && !stale)
      throw Violation("a delete that the ledger does not know of: " + id.str());
    return;
  }
  if (process.knew_suspended(slot->owner_uid)) throw Violation("a delete for a suspended object: " + text(*slot));
}

void Referee::bound_removed(const Process& process, const Binding& binding, base::BootTime sent) const {
  // The decision stood in the ledger that was lost just now.
  if (world_.user.ledger_was_lost() && world_.clock.boot_now() - world_.user.ledger_lost_at() <= kAction) return;
  const Slot* slot = live_slot(binding.certificate_id);
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const resources::Domain* entry =
      instance == nullptr ? nullptr : resources::find_used_domain(instance->status.domains, binding.name);
  // But what the domain of another object serves stays.
  const bool broken = slot != nullptr && slot->reserved_for_uid == slot->owner_uid &&
                      owners_.may_break(slot->owner_uid) && (entry == nullptr || entry->owner_uid == slot->owner_uid);
  if (broken) return;
  if (is_seen(process, binding, sent)) {
    throw Violation("a delete of " + binding.certificate_id.str() + ", which " + binding.id.str() + " serves");
  }
}

/// The binding is of use, and the process has looked since it was made or must have.
bool Referee::is_seen(const Process& process, const Binding& binding, base::BootTime then) const {
  // Once it has expired it serves nobody.
  const CloudCertificate* there = world_.cloud.find(binding.certificate_id);
  const base::SystemTime date = world_.clock.system_now();
  if (there != nullptr && !chains()[static_cast<std::size_t>(there->chain)].in_date(date)) return false;
  const auto& looked = process.domains_seen;
  const bool seen = looked && looked->step > binding.step && looked->when >= binding.listed_from;
  return seen || binding.listed_from + kAction < then;
}

}  // namespace simulation
