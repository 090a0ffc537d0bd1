#include "planner/planner.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/time_format.h"
#include "platform/id.h"

namespace planner {
namespace {

/// How often a platform that is slow to show certificates is asked whether it has.
constexpr base::Duration kAwaitedPause = std::chrono::seconds(10);

}  // namespace

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
  for (auto step : {&Planner::settle, &Planner::send, &Planner::read_secrets, &Planner::rebuild, &Planner::hand_over,
                    &Planner::hold_on, &Planner::unserve, &Planner::serve, &Planner::release, &Planner::let_go,
                    &Planner::look, &Planner::reserve}) {
    if (Action action = (this->*step)(); acts(action)) return {std::move(action), {}, {}, {}};
    if (ledger_rests_) break;
  }
  if (o_.gate) wake_.at(o_.gate->until);
  if (o_.add_gate) wake_.at(o_.add_gate->until);
  for (const auto& [key, trouble] : o_.object_troubles) wake_.at(trouble.next_attempt);
  Plan plan;
  plan.certificates = certificate_statuses(o_, {ledger_, domains_, blocked_, unserved_}, wake_);
  plan.instance = instance_status(o_, ledger_, domains_);
  plan.next_visit = wake_.time();
  return plan;
}

Plan Planner::interim() {
  Plan plan;
  if (!o_.instance) return plan;
  plan.certificates = certificate_statuses(o_, {ledger_, domains_, blocked_, unserved_}, wake_);
  for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
    const Condition* before = find(o_.certificates[i].object->status.conditions, kReady);
    const Condition* now = find(plan.certificates[i].conditions, kReady);
    const bool told = before == nullptr || (now != nullptr && now->status);
    if (!told) plan.certificates[i] = o_.certificates[i].object->status;
  }
  return plan;
}

Action Planner::settle() {
  std::vector<bool> freed;
  for (Slot& slot : ledger_) freed.push_back(settle(slot) == Fate::kFree || forgotten(slot) || vanished(slot));
  const auto holds = [&](const std::string& uid) {
    for (std::size_t i = 0; i < ledger_.size(); ++i) {
      if (!freed[i] && ledger_[i].held() && ledger_[i].owner_uid == uid) return true;
    }
    return false;
  };
  Ledger rest;
  for (std::size_t i = 0; i < ledger_.size(); ++i) {
    Slot slot = ledger_[i];
    if (!freed[i] || keep_place(slot, holds(slot.owner_uid))) rest.push_back(std::move(slot));
  }
  ledger_ = std::move(rest);
  return written_if_changed();
}

/// A slot that is free on the platform stays with whom it was promised to: the rotation that it was freed for, whatever
/// becomes of one attempt, or who lent it. What was removed by others is a place that its owner has not given up,
/// unless it has another.
bool Planner::keep_place(Slot& slot, bool has_another) const {
  Slot place;
  if (!slot.reserved_for_uid.empty()) {
    place.owner = slot.reserved_for;
    place.owner_uid = slot.reserved_for_uid;
  } else if (vanished(slot) && !has_another) {
    place.owner = slot.owner;
    place.owner_uid = slot.owner_uid;
  }
  const CertificateView* keeper = view_of(place.owner_uid);
  if (keeper == nullptr || keeper->object->meta.deleting) return false;
  place.attempt = slot.attempt;
  enter(place, SlotState::kEarmarked);
  slot = std::move(place);
  return true;
}

Planner::Fate Planner::settle(Slot& slot) {
  // An administrator says that what a status records is the operator's.
  if (slot.recorded_only && o_.instance->resolve_upload == slot.attempt + "=" + slot.id) slot.recorded_only = false;
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
        hold(slot, outcome->second.id, SlotState::kActive);
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
  if (const PlatformCertificate* found = found_for(slot)) {
    hold(slot, found->id, SlotState::kPresumed);
    return Fate::kKeep;
  }
  // Missed by two lists, the last of which began when the add could not land any more.
  const bool out_of_time = o_.inventory->began >= doubt->second.first_seen + o_.timing.doubt_window();
  return out_of_time && doubt->second.misses >= 2 && !may_be_listed(slot) ? Fate::kFree : Fate::kKeep;
}

/// What the last list shows and cannot be read may be it.
bool Planner::may_be_listed(const Slot& slot) const {
  const auto foreign = foreign_certificates(o_, ledger_);
  return std::any_of(foreign.begin(), foreign.end(), [&](const PlatformCertificate* there) {
    return there->awaited || likeness(o_, slot, *there) != Likeness::kOther;
  });
}

/// The add has got its certificate, so no place needs to be kept for another try.
void Planner::hold(Slot& slot, const std::string& id, SlotState state) const {
  slot.id = id;
  if (slot.reserved_for_uid == slot.owner_uid) {
    slot.reserved_for = {};
    slot.reserved_for_uid.clear();
  }
  enter(slot, state);
}

/// By its chain; where that cannot be read, by what else the platform tells of a certificate.
const PlatformCertificate* Planner::found_for(const Slot& slot) const {
  for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
    if (!there->awaited && likeness(o_, slot, *there) == Likeness::kSame) return there;
  }
  return nullptr;
}

/// A doubt that a person has settled, once no late add can land any more.
std::optional<Planner::Fate> Planner::as_told(Slot& slot) {
  const std::string& told = o_.instance->resolve_upload;
  const auto doubt = o_.doubts.find(slot.attempt);
  if (!told.starts_with(slot.attempt + "=") || doubt == o_.doubts.end()) return std::nullopt;
  if (!due(doubt->second.first_seen + o_.timing.doubt_window())) return std::nullopt;
  const std::string id = told.substr(slot.attempt.size() + 1);
  if (id == "absent") return Fate::kFree;
  if (!platform::is_usable_id(id) || find_id(ledger_, id) != nullptr) return std::nullopt;
  hold(slot, id, SlotState::kActive);
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

/// Drift: somebody removed it on the platform, which says that it does not know the id. In a ledger that went back, its
/// successor is put back first.
bool Planner::vanished(const Slot& slot) const {
  return slot.held() && o_.vanished.contains(slot.attempt) && !rebuilding();
}

Action Planner::send() {
  if (!calls_ || add_gate_shut()) return {};
  for (const Slot& slot : ledger_) {
    if (slot.state != SlotState::kReserved || !o_.rights.contains(slot.attempt)) continue;
    if (in_trouble(slot.owner_uid, Effect::kRead)) continue;
    if (Action action = offer(Upload{slot.attempt, slot.owner_uid}); acts(action)) return action;
  }
  return {};
}

Action Planner::read_secrets() {
  ReadSecrets read;
  for (const CertificateView& view : o_.certificates) {
    const ServerCertificate& object = *view.object;
    // While the ledger is rebuilt, the chain of an object that is being deleted says what belongs to it.
    const bool asked = !object.suspend && (!object.meta.deleting || rebuilding());
    // After a failure it must have been read once before anything is done with it.
    // And a status is no witness then.
    const bool enough =
        view.secret.current && !failed_to_read(object.meta.uid) && !(rebuilding() && view.secret.recorded);
    if (!asked || enough) continue;
    // A ledger is rebuilt from all of them.
    const auto later = o_.read_later.find(object.meta.uid);
    if (later != o_.read_later.end() && !rebuilding() && !due(later->second.until)) continue;
    if (in_trouble(object.meta.uid, Effect::kRead)) continue;
    read.uids.push_back(object.meta.uid);
  }
  if (read.uids.empty()) return {};
  return offer(read);
}

Action Planner::release() {
  if (!calls_) return {};
  for (Slot& slot : ledger_) {
    // That it is ours to delete is not known, so it is left.
    if (slot.recorded_only && slot.held() && releasable(slot)) enter(slot, SlotState::kRetained);
  }
  if (Action action = written_if_changed(); acts(action)) return action;
  for (const Slot& slot : ledger_) {
    const bool decided = slot.state == SlotState::kDeleting;
    if (decided && suspended(slot)) continue;
    if (!decided && !(slot.held() && releasable(slot) && !domain_goes_first(slot) && long_unbound(slot))) continue;
    if (in_trouble(slot.attempt) || (!decided && in_trouble(slot.owner_uid, Effect::kRead))) continue;
    Action action = decided ? Action(Delete{slot.attempt}) : Action(BeginDelete{slot.attempt});
    if (action = offer(std::move(action)); acts(action)) return action;
  }
  return {};
}

/// Its owner is on the way out, and so is a domain configuration of the owner's that may serve it, now or late.
bool Planner::domain_goes_first(const Slot& slot) const {
  const CertificateView* owner = view_of(slot.owner_uid);
  if (owner != nullptr && !owner->object->meta.deleting) return false;
  return std::any_of(domains_.begin(), domains_.end(), [&](const Domain& entry) {
    return entry.owner_uid == slot.owner_uid && entry.is_used() && entry.state != DomainState::kRetained;
  });
}

Action Planner::let_go() {
  for (const CertificateView& view : o_.certificates) {
    const meta::Metadata& meta = view.object->meta;
    if (!meta.deleting || !meta.has_finalizer(kCertificateFinalizer)) continue;
    // What belongs to it is not known before the ledger is rebuilt; to leave that behind is what Retain asks for.
    const bool unknown = rebuilding() && !view.object->retain;
    if (unknown || owns_anything(meta.uid) || in_trouble(meta.uid, Effect::kFinalizer)) continue;
    if (Action action = offer(SetCertificateFinalizer{meta.uid, false}); acts(action)) return action;
  }
  const meta::Metadata& meta = o_.instance->meta;
  const bool ours =
      std::any_of(ledger_.begin(), ledger_.end(), [](const Slot& s) { return s.state != SlotState::kRetained; }) ||
      std::any_of(domains_.begin(), domains_.end(),
                  [](const Domain& d) { return d.is_used() && d.state != DomainState::kRetained; });
  if (meta.deleting && meta.has_finalizer(kInstanceFinalizer) && !ours && !in_trouble(meta.uid, Effect::kFinalizer)) {
    return offer(SetInstanceFinalizer{false});
  }
  return {};
}

Action Planner::look() {
  if (!calls_) return {};
  if (!o_.inventory_tried || o_.inventory_wanted) return offer(TakeInventory{});
  const base::BootTime tried = *o_.inventory_tried;
  if (o_.gate && tried < o_.gate->until) return offer(TakeInventory{});
  const base::BootTime next = next_look(tried);
  if (due(next)) return offer(TakeInventory{});
  return {};
}

/// At the resync, and while something is in doubt soon at first and then more slowly.
base::BootTime Planner::next_look(base::BootTime tried) {
  // Spread, so that many instances that were started together do not look together for ever.
  const auto spread = std::hash<std::string>()(o_.instance->meta.uid) % 200;
  base::BootTime next = tried + o_.timing.resync * (800 + static_cast<std::int64_t>(spread)) / 1000;
  const auto doubted = [&](const Doubt& doubt) {
    const base::BootTime settled = doubt.first_seen + o_.timing.doubt_window();
    // What the window has not settled, something that cannot be read keeps open, and that may stay so.
    const base::Duration age = o_.boot_now - doubt.first_seen;
    const base::Duration longest = std::max<base::Duration>(std::chrono::seconds(15), (o_.boot_now - settled) / 4);
    const base::Duration pause = std::clamp<base::Duration>(age / 2, std::chrono::milliseconds(250), longest);
    next = std::min(next, tried < doubt.first_seen ? o_.boot_now : tried + pause);
    if (tried < settled) next = std::min(next, settled);
  };
  if (!o_.inventory_denied) {
    for (const Slot& slot : ledger_) {
      const auto doubt = o_.doubts.find(slot.attempt);
      if (doubt == o_.doubts.end()) continue;
      if (slot.state == SlotState::kPresumed) wake_.at(doubt->second.first_seen + o_.timing.doubt_window());
      if (slot.open() && !o_.rights.contains(slot.attempt)) doubted(doubt->second);
    }
    for (const auto& [id, since] : o_.unshown) doubted({since, 0});
    if (o_.awaited) next = std::min(next, tried + kAwaitedPause);
  }
  if (!o_.domains_problem) {
    for (const auto& [name, doubt] : o_.domain_doubts) doubted(doubt);
  }
  return next;
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

bool Planner::in_trouble(const std::string& uid, Effect effect) {
  const auto trouble = o_.object_troubles.find({uid, effect});
  return trouble != o_.object_troubles.end() && !due(trouble->second.next_attempt);
}

bool Planner::failed_to_read(const std::string& uid) const {
  return o_.object_troubles.contains({uid, Effect::kRead});
}

bool Planner::add_gate_shut() {
  return o_.add_gate && !due(o_.add_gate->until);
}

Action Planner::offer(Action action) {
  if (o_.resting.empty()) return action;
  const auto rest = o_.resting.find(key_of(action));
  if (rest != o_.resting.end() && !due(rest->second)) return {};
  return action;
}

Action Planner::written_if_changed() {
  const InstanceStatus& status = o_.instance->status;
  if (ledger_ == status.slots.value_or(Ledger{}) && domains_ == status.domains) return {};
  Action action = offer(WriteLedger{ledger_, domains_, {}});
  if (!acts(action)) {
    ledger_rests_ = true;
    ledger_ = status.slots.value_or(Ledger{});
    domains_ = status.domains;
  }
  return action;
}

void Planner::enter(Domain& entry, DomainState state) const {
  entry.state = state;
  entry.served_once = entry.served_once || state == DomainState::kActive;
  entry.since = base::to_rfc3339(o_.now);
}

std::string Planner::time_text(base::BootTime t) const {
  return base::to_rfc3339(o_.now + (t - o_.boot_now));
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

/// An update of a domain configuration that was begun before this process worked, or whose answer was lost, may still
/// land and name the certificate.
base::BootTime Planner::unbound_at(const Slot& slot) const {
  if (std::none_of(domains_.begin(), domains_.end(), [](const Domain& d) { return d.is_used(); })) return o_.boot_now;
  const auto bound = o_.bound.find(slot.id);
  const base::BootTime last = bound == o_.bound.end() ? o_.watched_since : std::max(o_.watched_since, bound->second);
  return last + o_.timing.doubt_window();
}

bool Planner::long_unbound(const Slot& slot) {
  return due(unbound_at(slot));
}

bool Planner::has_place(const std::string& uid) const {
  return std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) {
    return slot.owner_uid == uid && (slot.held() || slot.state == SlotState::kEarmarked);
  });
}

std::vector<std::size_t> Planner::by_priority() const {
  std::vector<std::size_t> order(o_.certificates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t i) {
    const meta::Metadata& meta = o_.certificates[i].object->meta;
    return std::make_tuple(!has_place(meta.uid), meta.created, meta.name);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

Plan Planner::without_instance() {
  Plan plan;
  for (const CertificateView& view : o_.certificates) {
    const meta::Metadata& meta = view.object->meta;
    // No instance, no ledger: nothing is ours to remove.
    if (meta.deleting && meta.has_finalizer(kCertificateFinalizer) && !in_trouble(meta.uid, Effect::kFinalizer)) {
      if (Action action = offer(SetCertificateFinalizer{meta.uid, false}); acts(action)) return {action, {}, {}, {}};
    }
    plan.certificates.push_back(status_without_instance(o_, view));
  }
  for (const auto& [key, trouble] : o_.object_troubles) wake_.at(trouble.next_attempt);
  plan.next_visit = wake_.time();
  return plan;
}

Plan plan(const Observation& observation) {
  return Planner(observation).run();
}

Plan interim_plan(const Observation& observation) {
  return Planner(observation).interim();
}

}  // namespace planner
