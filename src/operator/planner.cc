#include <algorithm>
#include <numeric>
#include <set>

#include "base/time_format.h"
#include "operator/assessment.h"
#include "operator/plan.h"

namespace controller {
namespace {

class Planner {
 public:
  explicit Planner(const Observation& o)
      : o_(o),
        ledger_(o.instance ? o.instance->status.slots.value_or(Ledger{}) : Ledger{}),
        wake_(o),
        blocked_(o.certificates.size()),
        calls_(o.instance && !standstill(o)) {}

  Plan run() {
    if (!o_.instance) return without_instance();
    if (o_.gate) wake_.at(o_.gate->until);
    for (auto step : {&Planner::settle, &Planner::send, &Planner::read_secrets, &Planner::hand_over, &Planner::hold_on,
                      &Planner::release, &Planner::let_go, &Planner::look, &Planner::reserve}) {
      if (Action action = (this->*step)(); !std::holds_alternative<std::monostate>(action)) {
        return {std::move(action), {}, {}, {}};
      }
    }
    Plan plan;
    plan.certificates = certificate_statuses(o_, ledger_, blocked_, wake_);
    plan.instance = instance_status(o_, ledger_);
    plan.next_visit = wake_.time();
    return plan;
  }

 private:
  // Steps, in the order of their urgency. Each returns what to do, or nothing.

  /// Writes down what became of adds: the answers we have, the rights that ran out, and what the inventory says of adds
  /// whose answer nobody has.
  Action settle() {
    const Ledger before = ledger_;
    std::erase_if(ledger_, [&](Slot& slot) { return settle(slot) == Fate::kFree || forgotten(slot); });
    return written_if_changed(before);
  }

  enum class Fate { kKeep, kFree };

  Fate settle(Slot& slot) {
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

  /// A certificate that was left on the platform and that somebody has removed there: a list shows that which is so
  /// much younger than the entry that it cannot lag behind it.
  bool forgotten(const Slot& slot) const {
    if (slot.state != SlotState::kRetained || !o_.inventory) return false;
    const auto seen = o_.doubts.find(slot.attempt);
    if (seen == o_.doubts.end() || o_.inventory->began < seen->second.first_seen + o_.timing.settling) return false;
    const auto& there = o_.inventory->certificates;
    return std::none_of(there.begin(), there.end(), [&](const PlatformCertificate& c) { return c.id == slot.id; });
  }

  Action send() {
    if (!calls_) return {};
    for (const Slot& slot : ledger_) {
      if (slot.state == SlotState::kReserved && o_.rights.contains(slot.attempt)) {
        return Upload{slot.attempt, slot.owner_uid};
      }
    }
    return {};
  }

  Action read_secrets() {
    ReadSecrets read;
    for (const CertificateView& view : o_.certificates) {
      if (!view.object->meta.deleting && !view.object->suspend && !view.secret.current) {
        read.uids.push_back(view.object->meta.uid);
      }
    }
    if (read.uids.empty()) return {};
    return read;
  }

  /// Entries whose owner has no use for them any more go to an object that has, or are left by policy.
  Action hand_over() {
    const Ledger before = ledger_;
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
    return written_if_changed(before);
  }

  /// Whoever holds a slot must not go without giving it back: an heir, or one whose finalizer was taken away by hand.
  Action hold_on() {
    for (const Slot& slot : ledger_) {
      const CertificateView* owner = slot.held() ? view_of(slot.owner_uid) : nullptr;
      if (owner != nullptr && !owner->object->meta.deleting && needs_finalizer(*owner)) {
        return SetCertificateFinalizer{slot.owner_uid, true};
      }
    }
    return {};
  }

  Action release() {
    for (const Slot& slot : ledger_) {
      const bool decided = slot.state == SlotState::kDeleting;
      if (decided && suspended(slot)) continue;
      if (!decided && !(slot.held() && releasable(slot))) continue;
      if (!calls_) continue;
      if (const auto trouble = o_.delete_troubles.find(slot.attempt); trouble != o_.delete_troubles.end()) {
        if (!due(trouble->second.next_attempt)) continue;
      }
      if (decided) return Delete{slot.attempt};
      return BeginDelete{slot.attempt};
    }
    return {};
  }

  /// Objects that hold nothing any more may go.
  Action let_go() {
    for (const CertificateView& view : o_.certificates) {
      const Metadata& meta = view.object->meta;
      if (meta.deleting && meta.has_finalizer(kCertificateFinalizer) && !owns_anything(meta.uid)) {
        return SetCertificateFinalizer{meta.uid, false};
      }
    }
    const Metadata& meta = o_.instance->meta;
    const bool ours =
        std::any_of(ledger_.begin(), ledger_.end(), [](const Slot& s) { return s.state != SlotState::kRetained; });
    if (meta.deleting && meta.has_finalizer(kInstanceFinalizer) && !ours) return SetInstanceFinalizer{false};
    return {};
  }

  /// Looks at the platform when that is due: at the first visit, at each resync, after trouble, and for doubts soon at
  /// first and then more slowly.
  Action look() {
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
        const base::Duration pause = std::clamp<base::Duration>(
            (o_.boot_now - doubt->second.first_seen) / 2, std::chrono::milliseconds(250), std::chrono::seconds(15));
        next = std::min(next, tried < doubt->second.first_seen ? o_.boot_now : tried + pause);
        if (tried < settled) next = std::min(next, settled);
      }
    }
    if (due(next)) return TakeInventory{};
    wake_.at(next);
    return {};
  }

  /// Gives free slots to objects that need one and writes that down; what is there already is adopted.
  Action reserve() {
    std::vector<const CertificateView*> chosen;
    std::vector<std::pair<const CertificateView*, const PlatformCertificate*>> adopted;
    std::set<std::string> taken;
    int free = o_.instance->quota - static_cast<int>(ledger_.size() + foreign_certificates(o_, ledger_).size());
    for (const std::size_t i : by_priority()) {
      const CertificateView& view = o_.certificates[i];
      const certificate::Facts* facts = wanted(view, o_.now);
      if (facts == nullptr || held_slot(ledger_, view.object->meta.uid, facts->fingerprint) != nullptr) continue;
      if ((blocked_[i] = obstacle(view, *facts, taken))) {
        // The platform said that it is full; who fills it is known better by now.
        if (blocked_[i]->reason == "QuotaExceeded" && free <= 0) blocked_[i] = no_slot(view);
        continue;
      }
      const PlatformCertificate* there = unclaimed(facts->fingerprint);
      if (there != nullptr && !view.object->adopt && !rebuilding()) {
        blocked_[i] =
            Problem{"DuplicateCertificate",
                    "the platform already has this certificate chain as " + there->id +
                        ", which is not the operator's; set spec.adoptionPolicy to IfMatching to take it over, "
                        "or remove it there"};
        continue;
      }
      if (there == nullptr && (free <= 0 || ledger_.size() + chosen.size() >= kMaxSlots)) {
        blocked_[i] = no_slot(view);
        continue;
      }
      taken.insert(facts->fingerprint);
      if (there != nullptr) {
        adopted.emplace_back(&view, there);
      } else {
        chosen.push_back(&view);
        --free;
      }
    }
    if (chosen.empty() && adopted.empty()) return {};

    // The decision rests on what is on the platform, so that must have been seen just now.
    const bool seen = o_.inventory && o_.boot_now - o_.inventory->began <= kInventoryMaxAge;
    if (!seen && !o_.inventory_denied) return TakeInventory{};
    if (!o_.instance->meta.has_finalizer(kInstanceFinalizer)) return SetInstanceFinalizer{true};
    for (const CertificateView* view : chosen) {
      if (needs_finalizer(*view)) return SetCertificateFinalizer{view->object->meta.uid, true};
    }
    for (const auto& [view, there] : adopted) {
      if (needs_finalizer(*view)) return SetCertificateFinalizer{view->object->meta.uid, true};
    }

    WriteLedger write;
    for (const auto& [view, there] : adopted) {
      Slot& slot = add_slot(*view, SlotState::kActive);
      slot.adopted = !rebuilding();
      slot.id = there->id;
    }
    for (const CertificateView* view : chosen) write.reserved.push_back(add_slot(*view, SlotState::kReserved).attempt);
    write.ledger = ledger_;
    return write;
  }

  // What the steps ask.

  bool due(base::BootTime t) {
    if (t <= o_.boot_now) return true;
    wake_.at(t);
    return false;
  }

  Action written_if_changed(const Ledger& before) {
    if (ledger_ == before) return {};
    return WriteLedger{ledger_, {}};
  }

  void enter(Slot& slot, SlotState state) const {
    slot.state = state;
    slot.since = base::to_rfc3339(o_.now);
  }

  const CertificateView* view_of(const std::string& uid) const {
    for (const CertificateView& view : o_.certificates) {
      if (view.object->meta.uid == uid) return &view;
    }
    return nullptr;
  }

  /// A certificate of this chain that is on the platform and in nobody's slot.
  const PlatformCertificate* unclaimed(const std::string& fingerprint) const {
    for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
      if (there->fingerprint == fingerprint) return there;
    }
    return nullptr;
  }

  /// The ledger was lost (a restore drops the status): what is found by chain belongs to us, not to others.
  bool rebuilding() const {
    if (o_.instance->status.slots || !o_.instance->meta.has_finalizer(kInstanceFinalizer)) return false;
    return std::any_of(o_.certificates.begin(), o_.certificates.end(),
                       [](const CertificateView& view) { return !view.object->status.server_certificate_id.empty(); });
  }

  bool wants(const CertificateView& view, const std::string& fingerprint) const {
    const certificate::Facts* facts = wanted(view, o_.now);
    return facts != nullptr && facts->fingerprint == fingerprint &&
           held_slot(ledger_, view.object->meta.uid, fingerprint) == nullptr;
  }

  /// The owner has a use for the entry: it wants this chain, or does not have the one that it wants instead. Until it
  /// has, one certificate is enough, the newest; a Secret that changes in a hurry must not fill all slots.
  bool keeps(const CertificateView* owner, const Slot& slot) const {
    if (owner == nullptr || owner->object->meta.deleting) return false;
    const certificate::Facts* facts = wanted(*owner, o_.now);
    if (facts == nullptr || facts->fingerprint == slot.fingerprint) return true;
    const std::string& uid = owner->object->meta.uid;
    return held_slot(ledger_, uid, facts->fingerprint) == nullptr && held_slot(ledger_, uid, "") == &slot &&
           other_wanting(slot) == nullptr;
  }

  const CertificateView* other_wanting(const Slot& slot) const {
    for (const std::size_t i : by_priority()) {
      const CertificateView& view = o_.certificates[i];
      if (view.object->meta.uid != slot.owner_uid && wants(view, slot.fingerprint)) return &view;
    }
    return nullptr;
  }

  const CertificateView* heir_of(const Slot& slot, const CertificateView* owner) const {
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
  void leave_refused(Slot& slot) {
    const CertificateView* owner = view_of(slot.owner_uid);
    if (o_.delete_troubles.contains(slot.attempt) && left_by_policy(owner, slot)) enter(slot, SlotState::kRetained);
  }

  bool gone_for_good(const Slot& slot) {
    const auto gone = o_.gone_since.find(slot.owner_uid);
    return gone != o_.gone_since.end() && due(gone->second + kGoneGrace);
  }

  bool left_by_policy(const CertificateView* owner, const Slot& slot) {
    if (owner != nullptr) return owner->object->meta.deleting && owner->object->retain;
    return slot.retain && gone_for_good(slot);
  }

  bool suspended(const Slot& slot) const {
    const CertificateView* owner = view_of(slot.owner_uid);
    return owner != nullptr && owner->object->suspend;
  }

  bool releasable(const Slot& slot) {
    const CertificateView* owner = view_of(slot.owner_uid);
    if (keeps(owner, slot) || suspended(slot)) return false;
    // What may be another's is not deleted for an object that does not adopt.
    if (slot.state == SlotState::kPresumed && (owner == nullptr || !owner->object->adopt)) return false;
    return owner != nullptr || gone_for_good(slot);
  }

  bool owns_anything(const std::string& uid) const {
    return std::any_of(ledger_.begin(), ledger_.end(),
                       [&](const Slot& s) { return s.owner_uid == uid && s.state != SlotState::kRetained; });
  }

  static bool needs_finalizer(const CertificateView& view) {
    return !view.object->meta.has_finalizer(kCertificateFinalizer);
  }

  /// Who has something to lose first, then the oldest, then by name.
  std::vector<std::size_t> by_priority() const {
    std::vector<std::size_t> order(o_.certificates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto rank = [&](std::size_t i) {
      const Metadata& meta = o_.certificates[i].object->meta;
      return std::make_tuple(held_slot(ledger_, meta.uid, "") == nullptr, meta.created, meta.name);
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    return order;
  }

  /// What keeps an object from being added, whatever the number of free slots.
  std::optional<Problem> obstacle(const CertificateView& view, const certificate::Facts& facts,
                                  const std::set<std::string>& taken) {
    if (const auto problem = standstill(o_)) return problem;
    if (o_.instance->meta.deleting) {
      return Problem{"InstanceNotReady", "IoTDAInstance " + o_.instance_name +
                                             " is being deleted and takes no new "
                                             "certificates; point spec.instanceRef of a new object at another one"};
    }
    if (rebuilding() && o_.inventory_denied) {
      return Problem{"LedgerLost", "status.slots of IoTDAInstance " + o_.instance_name +
                                       " is gone, and the credentials may not list certificates to rebuild it; grant "
                                       "iotda:servercertificate:queryList"};
    }
    for (const Slot& slot : ledger_) {
      if (slot.fingerprint != facts.fingerprint) continue;
      if (slot.state == SlotState::kDeleting) {
        return Problem{"Progressing", "this certificate chain is being removed from the platform as " + slot.id +
                                          "; it is added again after that"};
      }
      if (slot.owner_uid == view.object->meta.uid) return in_doubt(slot);
      return duplicate_of(slot.owner);
    }
    if (taken.contains(facts.fingerprint)) {
      return Problem{"DuplicateCertificate",
                     "another ServerCertificate of this instance has the same certificate chain; "
                     "delete one of them, or give it another Secret"};
    }
    if (view.rejection && view.rejection->versions == view.secret.versions) {
      if (o_.now < view.rejection->next_attempt) {
        wake_.at(view.rejection->next_attempt);
        return Problem{view.rejection->error.reason, view.rejection->error.message};
      }
    }
    return std::nullopt;
  }

  static Problem duplicate_of(const kube::ObjectName& owner) {
    return {"DuplicateCertificate", "ServerCertificate " + owner.to_string() +
                                        " has the same certificate chain and holds it on the platform; delete one of "
                                        "them, or give this one another Secret"};
  }

  Problem in_doubt(const Slot& slot) const {
    if (o_.inventory_denied) {
      return {"UploadInDoubt",
              "it is not known whether add " + slot.attempt +
                  " reached the platform, and the credentials may not list certificates to find out; grant "
                  "iotda:servercertificate:queryList"};
    }
    return {"Progressing", "it is not yet known whether add " + slot.attempt +
                               " reached the platform; the platform's list is watched until that is certain"};
  }

  Problem no_slot(const CertificateView& view) const {
    std::string holders;
    for (const Slot& slot : ledger_) {
      holders += (holders.empty() ? "" : ", ") + slot.owner.to_string();
      if (slot.state != SlotState::kActive) holders += " (" + std::string(to_string(slot.state)) + ")";
    }
    for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
      holders += (holders.empty() ? "" : ", ") + there->id + " (not the operator's)";
    }
    const std::string full = "all " + std::to_string(o_.instance->quota) + " slots of IoTDAInstance " +
                             o_.instance_name + " are taken: " + holders;
    if (const Slot* held = held_slot(ledger_, view.object->meta.uid, "")) {
      return {"RotationBlocked", full + "; the new certificate is added when one comes free, " + held->id +
                                     " stays in use until then; it expires " + view.object->status.expiry_date};
    }
    return {"QuotaExceeded", full +
                                 "; this certificate is added by itself when one comes free: delete one of these "
                                 "objects"};
  }

  Slot& add_slot(const CertificateView& view, SlotState state) {
    Slot slot;
    slot.attempt = o_.fresh_attempts.at(used_attempts_++);
    slot.owner = view.object->meta.name;
    slot.owner_uid = view.object->meta.uid;
    slot.retain = view.object->retain;
    slot.fingerprint = view.secret.facts->fingerprint;
    enter(slot, state);
    return ledger_.emplace_back(std::move(slot));
  }

  Plan without_instance() {
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

  const Observation& o_;
  Ledger ledger_;
  Wake wake_;
  Blocked blocked_;
  bool calls_;
  std::size_t used_attempts_ = 0;
};

}  // namespace

Plan plan(const Observation& observation) {
  return Planner(observation).run();
}

}  // namespace controller
