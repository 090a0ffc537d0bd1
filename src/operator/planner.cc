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
  return ledger_lost(o_);
}

/// An update of a domain configuration that was begun before this process worked, or whose answer was lost, may still
/// land and name the certificate.
bool Planner::long_unbound(const Slot& slot) {
  if (domains_.empty()) return true;
  const auto bound = o_.bound.find(slot.id);
  const base::BootTime last = bound == o_.bound.end() ? o_.watched_since : std::max(o_.watched_since, bound->second);
  return due(last + o_.timing.doubt_window());
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
