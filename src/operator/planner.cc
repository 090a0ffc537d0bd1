#include "operator/planner.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/time_format.h"

namespace controller {

Planner::Planner(const Observation& o)
    : o_(o),
      ledger_(o.instance ? o.instance->status.slots.value_or(Ledger{}) : Ledger{}),
      domains_(o.instance ? o.instance->status.domains : DomainLedger{}),
      wake_(o),
      blocked_(o.certificates.size()),
      unserved_(o.certificates.size()),
      calls_(o.instance && !standstill(o)) {}

Plan Planner::run() {
  if (!o_.instance) return without_instance();
  if (o_.gate) wake_.at(o_.gate->until);
  for (auto step :
       {&Planner::settle, &Planner::send, &Planner::read_secrets, &Planner::hand_over, &Planner::hold_on,
        &Planner::serve, &Planner::unserve, &Planner::release, &Planner::let_go, &Planner::look, &Planner::reserve}) {
    if (Action action = (this->*step)(); !std::holds_alternative<std::monostate>(action)) {
      return {std::move(action), {}, {}, {}};
    }
  }
  Plan plan;
  plan.certificates = certificate_statuses(o_, {ledger_, domains_, blocked_, unserved_}, wake_);
  plan.instance = instance_status(o_, ledger_, domains_);
  plan.next_visit = wake_.time();
  return plan;
}

Action Planner::settle() {
  std::erase_if(ledger_, [&](Slot& slot) { return settle(slot) == Fate::kFree || forgotten(slot) || vanished(slot); });
  return written_if_changed();
}

Planner::Fate Planner::settle(Slot& slot) {
  const auto doubt = o_.doubts.find(slot.attempt);
  if (slot.state == SlotState::kPresumed) {
    if (doubt != o_.doubts.end() && due(doubt->second.first_seen + o_.timing.doubt_window())) {
      enter(slot, SlotState::kActive);
    }
    return Fate::kKeep;
  }
  if (!slot.open()) return Fate::kKeep;
  if (const auto right = o_.rights.find(slot.attempt); right != o_.rights.end()) {
    // Not sent, and with the right gone it never will be.
    return due(right->second) ? Fate::kFree : Fate::kKeep;
  }
  if (const auto outcome = o_.outcomes.find(slot.attempt); outcome != o_.outcomes.end()) {
    switch (outcome->second.kind) {
      case AddOutcome::Kind::kAdded:
        slot.id = outcome->second.id;
        enter(slot, SlotState::kActive);
        return Fate::kKeep;
      case AddOutcome::Kind::kNotAdded:
        return Fate::kFree;
      case AddOutcome::Kind::kUnknown:
        if (slot.state != SlotState::kInDoubt) enter(slot, SlotState::kInDoubt);
        break;
    }
  }
  if (const auto fate = as_told(slot)) return *fate;
  if (doubt == o_.doubts.end() || !o_.inventory) return Fate::kKeep;
  if (const PlatformCertificate* found = unclaimed(slot.fingerprint)) {
    slot.id = found->id;
    enter(slot, SlotState::kPresumed);
    return Fate::kKeep;
  }
  // Missed by two lists, the last of which began when the add could not land any more.
  const bool out_of_time = o_.inventory->began >= doubt->second.first_seen + o_.timing.doubt_window();
  return out_of_time && doubt->second.misses >= 2 ? Fate::kFree : Fate::kKeep;
}

/// A doubt that a person has settled, once no late add can land any more.
std::optional<Planner::Fate> Planner::as_told(Slot& slot) {
  const std::string& told = o_.instance->resolve_upload;
  const auto doubt = o_.doubts.find(slot.attempt);
  if (!told.starts_with(slot.attempt + "=") || doubt == o_.doubts.end()) return std::nullopt;
  if (!due(doubt->second.first_seen + o_.timing.doubt_window())) return std::nullopt;
  const std::string id = told.substr(slot.attempt.size() + 1);
  if (id == "absent") return Fate::kFree;
  if (id.empty() || id.size() > 36 || find_id(ledger_, id) != nullptr) return std::nullopt;
  slot.id = id;
  enter(slot, SlotState::kActive);
  return Fate::kKeep;
}

/// A certificate that was left on the platform and that somebody has removed there: a list shows that which is so
/// much younger than the entry that it cannot lag behind it. Or one that a person says is gone.
bool Planner::forgotten(const Slot& slot) const {
  const bool asked = !slot.attempt.empty() && slot.attempt == o_.instance->forget_slot;
  if (asked && (slot.state == SlotState::kRetained || slot.state == SlotState::kDeleting)) return true;
  if (slot.state != SlotState::kRetained || !o_.inventory) return false;
  const auto seen = o_.doubts.find(slot.attempt);
  if (seen == o_.doubts.end() || o_.inventory->began < seen->second.first_seen + o_.timing.settling) return false;
  const auto& there = o_.inventory->certificates;
  return std::none_of(there.begin(), there.end(), [&](const PlatformCertificate& c) { return c.id == slot.id; });
}

/// Drift: somebody removed it on the platform, which says that it does not know the id.
bool Planner::vanished(const Slot& slot) const {
  return slot.held() && o_.vanished.contains(slot.attempt);
}

Action Planner::send() {
  if (!calls_) return {};
  for (const Slot& slot : ledger_) {
    if (slot.state == SlotState::kReserved && o_.rights.contains(slot.attempt)) {
      return Upload{slot.attempt, slot.owner_uid};
    }
  }
  return {};
}

Action Planner::read_secrets() {
  ReadSecrets read;
  for (const CertificateView& view : o_.certificates) {
    if (!view.object->meta.deleting && !view.object->suspend && !view.secret.current) {
      read.uids.push_back(view.object->meta.uid);
    }
  }
  if (read.uids.empty()) return {};
  return read;
}

Action Planner::hand_over() {
  pass_earmarks();
  for (Slot& slot : ledger_) {
    if (slot.state == SlotState::kDeleting) leave_refused(slot);
    if (!slot.held() && slot.state != SlotState::kRetained) continue;
    const CertificateView* owner = view_of(slot.owner_uid);
    const CertificateView* heir =
        slot.state != SlotState::kRetained && keeps(owner, slot) ? owner : heir_of(slot, owner);
    if (heir != nullptr) {
      slot.owner = heir->object->meta.name;
      slot.owner_uid = heir->object->meta.uid;
      slot.retain = heir->object->retain;
      if (slot.state == SlotState::kRetained) enter(slot, SlotState::kActive);
    } else if (slot.state != SlotState::kRetained && left_by_policy(owner, slot)) {
      enter(slot, SlotState::kRetained);
    }
  }
  return hand_over_domains();
}

/// What is kept for a rotation is kept as long as that needs it. Then it goes back to who lent it, or comes free.
void Planner::pass_earmarks() {
  std::erase_if(ledger_, [&](Slot& slot) {
    if (slot.state != SlotState::kEarmarked) return false;
    if (o_.instance->meta.deleting) return true;  // nothing is added any more
    while (true) {
      const CertificateView* keeper = view_of(slot.owner_uid);
      const certificate::Facts* facts = keeper == nullptr ? nullptr : wanted(*keeper, o_.now);
      const auto has = [&](const Slot& s) {
        return s.state != SlotState::kDeleting && s.fingerprint == facts->fingerprint;
      };
      const bool needs = facts != nullptr && std::none_of(ledger_.begin(), ledger_.end(), has);
      if (needs && keeper->refusal() == nullptr) return false;
      const auto lent = std::find_if(ledger_.begin(), ledger_.end(), [&](const Slot& s) {
        return s.owner_uid == slot.owner_uid && s.held() && !s.reserved_for_uid.empty();
      });
      if (lent == ledger_.end()) return true;
      slot.owner = std::exchange(lent->reserved_for, {});
      slot.owner_uid = std::exchange(lent->reserved_for_uid, {});
    }
  });
}

Action Planner::hold_on() {
  for (const Slot& slot : ledger_) {
    const CertificateView* owner = slot.held() ? view_of(slot.owner_uid) : nullptr;
    if (owner != nullptr && !owner->object->meta.deleting &&
        !owner->object->meta.has_finalizer(kCertificateFinalizer)) {
      return SetCertificateFinalizer{slot.owner_uid, true};
    }
  }
  return {};
}

Action Planner::release() {
  for (const Slot& slot : ledger_) {
    const bool decided = slot.state == SlotState::kDeleting;
    if (decided && suspended(slot)) continue;
    if (!decided && !(slot.held() && releasable(slot) && long_unbound(slot))) continue;
    if (!calls_) continue;
    if (in_trouble(slot.attempt)) continue;
    if (decided) return Delete{slot.attempt};
    return BeginDelete{slot.attempt};
  }
  return {};
}

Action Planner::let_go() {
  for (const CertificateView& view : o_.certificates) {
    const Metadata& meta = view.object->meta;
    if (meta.deleting && meta.has_finalizer(kCertificateFinalizer) && !owns_anything(meta.uid)) {
      return SetCertificateFinalizer{meta.uid, false};
    }
  }
  const Metadata& meta = o_.instance->meta;
  const bool ours =
      std::any_of(ledger_.begin(), ledger_.end(), [](const Slot& s) { return s.state != SlotState::kRetained; }) ||
      std::any_of(domains_.begin(), domains_.end(), [](const Domain& d) { return d.state != DomainState::kRetained; });
  if (meta.deleting && meta.has_finalizer(kInstanceFinalizer) && !ours) return SetInstanceFinalizer{false};
  return {};
}

Action Planner::look() {
  if (!calls_) return {};
  if (!o_.inventory_tried || o_.inventory_wanted) return TakeInventory{};
  const base::BootTime tried = *o_.inventory_tried;
  if (o_.gate && tried < o_.gate->until) return TakeInventory{};
  base::BootTime next = tried + o_.timing.resync;
  if (!o_.inventory_denied) {
    for (const Slot& slot : ledger_) {
      const auto doubt = o_.doubts.find(slot.attempt);
      if (doubt == o_.doubts.end()) continue;
      const base::BootTime settled = doubt->second.first_seen + o_.timing.doubt_window();
      if (slot.state == SlotState::kPresumed) wake_.at(settled);
      if (!slot.open() || o_.rights.contains(slot.attempt)) continue;
      const base::Duration pause = std::clamp<base::Duration>((o_.boot_now - doubt->second.first_seen) / 2,
                                                              std::chrono::milliseconds(250), std::chrono::seconds(15));
      next = std::min(next, tried < doubt->second.first_seen ? o_.boot_now : tried + pause);
      if (tried < settled) next = std::min(next, settled);
    }
  }
  if (due(next)) return TakeInventory{};
  wake_.at(next);
  return {};
}

// What the steps ask.

bool Planner::due(base::BootTime t) {
  if (t <= o_.boot_now) return true;
  wake_.at(t);
  return false;
}

bool Planner::in_trouble(const std::string& key) {
  const auto trouble = o_.delete_troubles.find(key);
  return trouble != o_.delete_troubles.end() && !due(trouble->second.next_attempt);
}

Action Planner::written_if_changed() const {
  const InstanceStatus& status = o_.instance->status;
  if (ledger_ == status.slots.value_or(Ledger{}) && domains_ == status.domains) return {};
  return WriteLedger{ledger_, domains_, {}};
}

void Planner::enter(Slot& slot, SlotState state) const {
  slot.state = state;
  slot.since = base::to_rfc3339(o_.now);
}

const CertificateView* Planner::view_of(const std::string& uid) const {
  for (const CertificateView& view : o_.certificates) {
    if (view.object->meta.uid == uid) return &view;
  }
  return nullptr;
}

const PlatformCertificate* Planner::unclaimed(const std::string& fingerprint) const {
  for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
    if (there->fingerprint == fingerprint) return there;
  }
  return nullptr;
}

bool Planner::rebuilding() const {
  if (o_.instance->status.slots || !o_.instance->meta.has_finalizer(kInstanceFinalizer)) return false;
  return std::any_of(o_.certificates.begin(), o_.certificates.end(),
                     [](const CertificateView& view) { return !view.object->status.server_certificate_id.empty(); });
}

bool Planner::wants(const CertificateView& view, const std::string& fingerprint) const {
  const certificate::Facts* facts = wanted(view, o_.now);
  return facts != nullptr && facts->fingerprint == fingerprint &&
         held_slot(ledger_, view.object->meta.uid, fingerprint) == nullptr;
}

/// The owner has a use for the entry: it wants this chain, or does not have the one that it wants instead. Until it
/// has, one certificate is enough, the newest; a Secret that changes in a hurry must not fill all slots.
bool Planner::keeps(const CertificateView* owner, const Slot& slot) const {
  if (owner == nullptr || owner->object->meta.deleting) return false;
  const certificate::Facts* facts = wanted(*owner, o_.now);
  if (facts == nullptr || facts->fingerprint == slot.fingerprint) return true;
  const std::string& uid = owner->object->meta.uid;
  return held_slot(ledger_, uid, facts->fingerprint) == nullptr && held_slot(ledger_, uid, "") == &slot &&
         other_wanting(slot) == nullptr;
}

const CertificateView* Planner::other_wanting(const Slot& slot) const {
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    if (view.object->meta.uid != slot.owner_uid && wants(view, slot.fingerprint)) return &view;
  }
  return nullptr;
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
  if (o_.delete_troubles.contains(slot.attempt) && left_by_policy(owner, slot)) enter(slot, SlotState::kRetained);
}

bool Planner::gone_for_good(const std::string& uid) {
  const auto gone = o_.gone_since.find(uid);
  return gone != o_.gone_since.end() && due(gone->second + kGoneGrace);
}

bool Planner::left_by_policy(const CertificateView* owner, const Slot& slot) {
  if (owner != nullptr) return owner->object->meta.deleting && owner->object->retain;
  return slot.retain && gone_for_good(slot.owner_uid);
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

/// An update of a domain configuration that was begun before this process worked, or whose answer was lost, may still
/// land and name the certificate.
bool Planner::long_unbound(const Slot& slot) {
  if (domains_.empty()) return true;
  const auto bound = o_.bound.find(slot.id);
  const base::BootTime last = bound == o_.bound.end() ? o_.watched_since : std::max(o_.watched_since, bound->second);
  return due(last + o_.timing.doubt_window());
}

bool Planner::owns_anything(const std::string& uid) const {
  const bool slot = std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& s) {
    return s.owner_uid == uid && s.state != SlotState::kRetained && s.state != SlotState::kEarmarked;
  });
  return slot || std::any_of(domains_.begin(), domains_.end(),
                             [&](const Domain& d) { return d.owner_uid == uid && d.state != DomainState::kRetained; });
}

std::vector<std::size_t> Planner::by_priority() const {
  std::vector<std::size_t> order(o_.certificates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t i) {
    const Metadata& meta = o_.certificates[i].object->meta;
    return std::make_tuple(held_slot(ledger_, meta.uid, "") == nullptr, meta.created, meta.name);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

Plan Planner::without_instance() {
  Plan plan;
  for (const CertificateView& view : o_.certificates) {
    const Metadata& meta = view.object->meta;
    // No instance, no ledger: nothing is ours to remove.
    if (meta.deleting && meta.has_finalizer(kCertificateFinalizer)) {
      plan.action = SetCertificateFinalizer{meta.uid, false};
      plan.certificates.clear();
      return plan;
    }
    plan.certificates.push_back(status_without_instance(o_, view));
  }
  return plan;
}

Plan plan(const Observation& observation) {
  return Planner(observation).run();
}

}  // namespace controller
