#include "planner/remove_domains.h"

#include <algorithm>

#include "planner/domain_claims.h"
#include "planner/ownership.h"

namespace planner {
namespace {

RemoveDomain remove(const Draft& d, const std::string& name, bool to_break) {
  DomainLedger without = d.domains;
  vacate(without, name, d.o.instance->domain_rules);
  return {name, std::move(without), to_break};
}

/// Another object wants the domain and will get a certificate soon, so it can take the configuration over without an
/// outage. The operator waits for this at most kHeirGrace.
bool heir_is_coming(Draft& d, const Domain& entry) {
  const auto since = d.o.domain_unwished.find(entry.name);
  if (since == d.o.domain_unwished.end() || d.o.boot_now >= since->second + kHeirGrace) return false;
  const auto taken = d.ledger.size() + foreign_certificates(d.o, d.ledger).size();
  const bool room = taken < static_cast<std::size_t>(d.o.instance->quota) && !d.o.instance->meta.deleting;
  const bool coming = std::any_of(d.o.certificates.begin(), d.o.certificates.end(), [&](const CertificateView& view) {
    if (!wishes(&view, entry.name) || wanted(view, d.o.now) == nullptr || view.refusal() != nullptr) return false;
    if (!may_inherit(d, view, entry)) return false;
    const Uid& uid = view.object->meta.uid;
    return room || std::any_of(d.ledger.begin(), d.ledger.end(), [&](const Slot& s) { return s.owner_uid == uid; });
  });
  if (coming) d.wake.at(since->second + kHeirGrace);
  return coming;
}

/// It serves a certificate that must be deleted, and its owner has no other certificate to serve: the owner is rotated
/// by BreakBeforeMake, or has no certificate and the one that is served belongs to another object. So the configuration
/// is deleted first, and created again when there is a certificate to serve.
bool stands_in_the_way(Draft& d, const Domain& entry) {
  const platform::DomainConfiguration* there = d.o.domains ? d.o.domains->find(entry.name) : nullptr;
  const Slot* served = there == nullptr ? nullptr : find_id(d.ledger, there->server_certificate_id);
  if (served == nullptr || !d.o.delete_troubles.contains(served->attempt)) return false;
  if (served->owner_uid == entry.owner_uid) {
    const CertificateView* owner = d.view_of(entry.owner_uid);
    return served->state == SlotState::kDeleting && served->reserved_for_uid == entry.owner_uid && owner != nullptr &&
           may_break(d.o, *owner->object, *served);
  }
  if (d.view_of(entry.owner_uid) == nullptr && !gone_for_good(d, entry.owner_uid)) return false;
  return held_slot(d.ledger, entry.owner_uid, "") == nullptr && !keeps(d, d.view_of(served->owner_uid), *served);
}

}  // namespace

Action remove_domains(Draft& d) {
  for (const Domain& entry : d.domains) {
    if (entry.state != DomainState::kActive || !d.calls) continue;
    const CertificateView* owner = d.view_of(entry.owner_uid);
    if (owner != nullptr && owner->object->suspend) continue;
    const auto doubt = d.o.domain_doubts.find(entry.name);
    if (doubt != d.o.domain_doubts.end() && !d.due(doubt->second.first_seen + d.o.timing.doubt_window())) continue;
    if (stands_in_the_way(d, entry)) {
      if (d.domain_in_trouble(entry.name)) continue;
      if (Action action = d.offer(remove(d, entry.name, /*to_break=*/true)); acts(action)) return action;
      continue;
    }
    if (wishes(owner, entry.name)) continue;
    if (owner == nullptr && !gone_for_good(d, entry.owner_uid)) continue;
    const bool renamed = owner != nullptr && !owner->object->meta.deleting;
    const auto since = d.o.domain_unwished.find(entry.name);
    if (renamed && (since == d.o.domain_unwished.end() || !d.due(since->second + kUnwishedGrace))) continue;
    if (heir_is_coming(d, entry)) continue;
    if (d.domain_in_trouble(entry.name) || d.in_trouble(entry.owner_uid, Effect::kRead)) continue;
    // Before an adopted configuration is given back, check that its other party has not changed it.
    const bool look = entry.adopted && !d.o.domains_problem && !d.have_fresh_domains();
    Action action = look ? Action(TakeInventory{}) : Action(remove(d, entry.name, /*to_break=*/false));
    if (action = d.offer(std::move(action)); acts(action)) return action;
  }
  return {};
}

}  // namespace planner
