#include "planner/serve_domains.h"

#include <algorithm>

#include "planner/domain_claims.h"
#include "planner/upload_obstacles.h"

namespace planner {
namespace {

/// According to the status of the object, which is used until the platform can be listed, as after a restart or during
/// an outage.
bool was_served(const CertificateView& view, const Slot& slot) {
  const ServerCertificate& object = *view.object;
  const Condition* available = find(object.status.conditions, kAvailable);
  return available != nullptr && available->status && object.status.server_certificate_id == slot.id &&
         object.status.observed_generation == object.meta.generation && !object.status.domain_configuration_id.empty();
}

/// The configuration serves this certificate, or another one with the same chain that the operator does not manage.
bool serves(const Draft& d, const platform::DomainConfiguration& there, const DomainSpec& wish, const Slot& slot) {
  if (there.ocsp && *there.ocsp != wish.ocsp) return false;
  if (there.server_certificate_id == slot.id) return true;
  const auto known = d.o.known.find(there.server_certificate_id);
  return known != d.o.known.end() && known->second.fingerprint == slot.fingerprint &&
         find_id(d.ledger, there.server_certificate_id) == nullptr && d.o.inventory &&
         !d.o.tombstones.contains(there.server_certificate_id);
}

/// The certificate of the object that its domain serves now; null if there is none.
const Slot* served_slot(const Draft& d, const CertificateView& view, const DomainSpec& wish) {
  const platform::DomainConfiguration* there = d.o.domains ? d.o.domains->find(wish.name) : nullptr;
  const Slot* slot = there != nullptr ? find_id(d.ledger, there->server_certificate_id) : nullptr;
  return slot != nullptr && slot->held() && slot->owner_uid == view.object->meta.uid ? slot : nullptr;
}

/// The next action until the domain serves the certificate of the slot; otherwise sets `why` if it does not serve it.
Action serve(Draft& d, const CertificateView& view, const DomainSpec& wish, const Slot& slot,
             std::optional<Problem>& why) {
  if (!d.o.domains) {
    if (was_served(view, slot)) return {};
    if (!d.o.domains_problem && d.calls) {
      if (Action action = d.offer(TakeInventory{}); acts(action)) return action;
    }
    why = d.o.domains_problem ? d.o.domains_problem : standstill(d.o);
    if (!why) why = Problem{Reason::kProgressing, "waiting for the list of domain configurations from the platform"};
    return {};
  }
  const Uid& uid = view.object->meta.uid;
  const platform::DomainConfiguration* there = d.o.domains->find(wish.name);
  const Domain* entry = find_used_domain(d.domains, wish.name);
  const bool ours = entry != nullptr && entry->owner_uid == uid;
  if (ours && there != nullptr && serves(d, *there, wish, slot)) return {};

  if ((why = domain_obstacle(d, view, wish, {})) || (why = standstill(d.o))) return {};
  if (d.o.management_conflict) {
    why = Problem{Reason::kManagementConflict, "domain " + wish.name +
                                                   " keeps being changed by another party; stop that, then run: " +
                                                   annotate_command(d.o, kReconcileAnnotation, "$(date +%s)")};
    return {};
  }
  const Rejection* refusal = view.binding_refusal();
  const bool of_another = refusal != nullptr && !refusal->id.empty() && refusal->id != slot.id;
  const bool taken_over = entry == nullptr && there != nullptr;  // the rejected request was to create one
  if (!of_another && !taken_over && (why = still_refused(d, refusal))) return {};
  why = Problem{Reason::kProgressing, "configuring domain " + wish.name + " to serve " + slot.id.str()};
  if (entry != nullptr && entry->state == DomainState::kReserved && d.o.domain_doubts.contains(wish.name)) {
    why->message = "it is not yet known whether domain configuration " + wish.name +
                   " was created; the operator lists the platform until this is certain";
    return {};
  }
  if (entry != nullptr && !ours) {
    why->message = "waiting for ServerCertificate " + entry->owner.to_string() + " to hand over domain " + wish.name;
    return {};
  }
  if (d.in_trouble(uid, Effect::kRead)) return {};
  if (!d.have_fresh_domains()) return d.offer(TakeInventory{});
  if (entry == nullptr) {
    const bool kept = find_domain(d.domains, wish.name) != nullptr;
    const resources::Owner owner = owner_of(*view.object);
    put_domain(d.domains, there != nullptr
                              ? Domain::adopt(wish.name, owner, there->id, there->server_certificate_id, d.now_text())
                              : Domain::reserve(wish.name, owner, kept, d.now_text()));
    return d.written_if_changed();
  }
  const certificate::Facts* facts = wanted(view, d.o.now);
  const bool newest = facts != nullptr && facts->fingerprint == slot.fingerprint;
  return d.offer(Serve{uid, slot.attempt, entry->id, newest});
}

}  // namespace

Action serve_domains(Draft& d) {
  for (const std::size_t i : d.by_priority()) {
    const CertificateView& view = d.o.certificates[i];
    const DomainSpec* wish = wish_of(&view);
    if (wish == nullptr || view.object->suspend) continue;
    const Uid& uid = view.object->meta.uid;
    const certificate::Facts* facts = wanted(view, d.o.now);
    const Slot* slot = facts == nullptr ? nullptr : held_slot(d.ledger, uid, facts->fingerprint);
    // Until the Secret has been read, what is served stays. Until the certificate in the Secret is uploaded, or while
    // it is not usable, the previous one is served.
    if (slot == nullptr && !view.secret.current) slot = served_slot(d, view, *wish);
    if (slot == nullptr) slot = best_slot(d.o, d.ledger, uid);
    if (slot == nullptr) continue;
    Action action = serve(d, view, *wish, *slot, d.unserved[i]);
    if (acts(action)) return action;
  }
  return {};
}

}  // namespace planner
