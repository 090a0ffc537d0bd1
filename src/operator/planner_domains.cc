#include <algorithm>

#include "base/time_format.h"
#include "operator/planner.h"

namespace controller {
namespace {

/// The object's wish for a domain, if anything may be done about it now.
const DomainSpec* wish_of(const CertificateView* view) {
  if (view == nullptr || view->object->meta.deleting || !view->object->domain) return nullptr;
  return &*view->object->domain;
}

bool wishes(const CertificateView* view, const std::string& name) {
  const DomainSpec* wish = wish_of(view);
  return wish != nullptr && wish->name == name;
}

Problem domain_of_other(const Domain& entry) {
  return {"DomainConflict", "domain " + entry.name + " belongs to ServerCertificate " + entry.owner.to_string() +
                                "; name another domain, or remove it there"};
}

Problem foreign_domain(const iotda::DomainConfiguration& there) {
  return {"DomainConflict",
          "domain configuration " + there.id + " of " + there.domain_name +
              " is on the platform and not the operator's; set spec.domainConfiguration.adoptionPolicy to IfExists to "
              "take it over, or remove it there"};
}

}  // namespace

/// Domains go with the wish for them. What the platform lists decides what became of intents, and shows what others
/// have removed or made anew.
Action Planner::hand_over_domains() {
  std::erase_if(domains_, [&](Domain& entry) {
    const CertificateView* owner = view_of(entry.owner_uid);
    const bool wished = wishes(owner, entry.name) && entry.state != DomainState::kRetained;
    if (const CertificateView* heir = wished ? owner : domain_heir(entry.name)) {
      give_to(entry, *heir->object);
      if (entry.state == DomainState::kRetained) entry.state = DomainState::kActive;
    } else if (left_by_policy(owner, entry.retain, entry.owner_uid)) {
      entry.state = DomainState::kRetained;
    }
    if (!o_.domains) return false;
    const iotda::DomainConfiguration* there = o_.domains->find(entry.name);
    if (entry.state == DomainState::kReserved) {
      if (there != nullptr) {
        entry.state = DomainState::kActive;
        entry.id = there->id;
      }
      return false;
    }
    if (there != nullptr) return there->id != entry.id;  // made anew by somebody else: not ours
    const auto since = base::parse_rfc3339(entry.since);
    if (since && o_.now - *since < o_.timing.settling) return false;  // the list may lag
    if (entry.state == DomainState::kRetained) return true;
    entry.state = DomainState::kReserved;
    entry.id.clear();
    return false;
  });
  return written_if_changed();
}

const CertificateView* Planner::domain_heir(const std::string& name) const {
  for (const std::size_t i : by_priority()) {
    if (wishes(&o_.certificates[i], name) && !o_.certificates[i].object->suspend) return &o_.certificates[i];
  }
  return nullptr;
}

Action Planner::serve() {
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    const DomainSpec* wish = wish_of(&view);
    const certificate::Facts* facts = wanted(view, o_.now);
    if (wish == nullptr || facts == nullptr) continue;
    const Slot* slot = held_slot(ledger_, view.object->meta.uid, facts->fingerprint);
    if (slot == nullptr) continue;
    Action action = serve(view, *wish, *slot, unserved_[i]);
    if (!std::holds_alternative<std::monostate>(action)) return action;
  }
  return {};
}

/// The next thing to do until the domain serves what is in the slot; or why it does not.
Action Planner::serve(const CertificateView& view, const DomainSpec& wish, const Slot& slot,
                      std::optional<Problem>& why) {
  if (!o_.domains) {
    if (was_served(view, slot)) return {};
    if (!o_.domains_problem && calls_) return TakeInventory{};
    why = o_.domains_problem ? o_.domains_problem : standstill(o_);
    return {};
  }
  const iotda::DomainConfiguration* there = o_.domains->find(wish.name);
  const Domain* entry = find_domain(domains_, wish.name);
  const bool ours = entry != nullptr && entry->owner_uid == view.object->meta.uid;
  if (entry != nullptr && !ours) {
    why = domain_of_other(*entry);
  } else if (entry == nullptr && there != nullptr && !wish.adopt) {
    why = foreign_domain(*there);
  }
  if (why || (ours && there != nullptr && serves(*there, wish, slot))) return {};

  if ((why = standstill(o_))) return {};
  if (o_.management_conflict) {
    why = Problem{"ManagementConflict",
                  "domain " + wish.name + " was pointed elsewhere again and again: somebody else manages it too"};
    return {};
  }
  if ((why = still_refused(view))) return {};
  if (!have_fresh_domains()) return TakeInventory{};
  if (entry == nullptr) {
    Domain made;
    made.name = wish.name;
    give_to(made, *view.object);
    made.since = base::to_rfc3339(o_.now);
    if (there != nullptr) {
      made.state = DomainState::kActive;
      made.adopted = true;
      made.id = there->id;
    }
    domains_.push_back(std::move(made));
    return written_if_changed();
  }
  return Serve{view.object->meta.uid, slot.attempt, there == nullptr ? "" : there->id};
}

/// The domain ledger went with the other: a configuration that serves what is found to be ours is ours too.
void Planner::recover_domain(const CertificateView& view, const std::string& certificate_id) {
  const DomainSpec* wish = wish_of(&view);
  if (wish == nullptr || !o_.domains || find_domain(domains_, wish->name) != nullptr) return;
  const iotda::DomainConfiguration* there = o_.domains->find(wish->name);
  if (there == nullptr || there->server_certificate_id != certificate_id) return;
  Domain found;
  found.name = wish->name;
  give_to(found, *view.object);
  found.since = base::to_rfc3339(o_.now);
  found.state = DomainState::kActive;
  found.id = there->id;
  domains_.push_back(std::move(found));
}

/// As the status says. Until the platform can be looked at, as after a restart or while it is down, that stands.
bool Planner::was_served(const CertificateView& view, const Slot& slot) const {
  const ServerCertificate& object = *view.object;
  const Condition* available = find(object.status.conditions, kAvailable);
  return available != nullptr && available->status && object.status.server_certificate_id == slot.id &&
         object.status.observed_generation == object.meta.generation && !object.status.domain_configuration_id.empty();
}

/// It names this certificate, or one of the same chain that is there to stay.
bool Planner::serves(const iotda::DomainConfiguration& there, const DomainSpec& wish, const Slot& slot) const {
  if (there.ocsp && *there.ocsp != wish.ocsp) return false;
  if (there.server_certificate_id == slot.id) return true;
  const auto known = o_.known.find(there.server_certificate_id);
  return known != o_.known.end() && known->second.fingerprint == slot.fingerprint &&
         find_id(ledger_, there.server_certificate_id) == nullptr && o_.inventory &&
         !o_.tombstones.contains(there.server_certificate_id);
}

Action Planner::unserve() {
  for (const Domain& entry : domains_) {
    if (entry.state == DomainState::kRetained) continue;
    const CertificateView* owner = view_of(entry.owner_uid);
    if (wishes(owner, entry.name) || (owner != nullptr && owner->object->suspend)) continue;
    if (owner == nullptr && !gone_for_good(entry.owner_uid)) continue;
    if (!calls_ || o_.domains_problem || in_trouble(entry.name)) continue;
    if (!have_fresh_domains()) return TakeInventory{};
    if (o_.domains->find(entry.name) != nullptr) return RemoveDomain{entry.name};
    std::erase_if(domains_, [&](const Domain& d) { return d.name == entry.name; });
    return written_if_changed();
  }
  return {};
}

bool Planner::have_fresh_domains() const {
  return o_.domains && o_.boot_now - o_.domains->began <= kInventoryMaxAge;
}

}  // namespace controller
