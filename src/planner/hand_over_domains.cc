#include "planner/hand_over_domains.h"

#include <algorithm>

#include "base/time_format.h"
#include "planner/domain_claims.h"
#include "planner/ownership.h"

namespace planner {
namespace {

enum class DomainFate { kKeep, kDrop };

/// An administrator released the name, or has listed the namespaces for it.
bool released(const Draft& d, const Domain& entry) {
  const DomainRule* rule = rule_for(d.o.instance->domain_rules, entry.name);
  if (entry.state == DomainState::kKept && rule != nullptr && rule->decides()) return true;
  const bool held = entry.state == DomainState::kKept || entry.state == DomainState::kRetained;
  return held && entry.name == d.o.instance->release_domain;
}

/// Resolves an entry in state Reserved: whether the configuration was created.
DomainFate settle_intent(Draft& d, Domain& entry, const platform::DomainConfiguration* there) {
  const auto made = d.o.domains_made.find(entry.name);
  if (made != d.o.domains_made.end()) {
    entry.made(made->second, d.now_text());
    return DomainFate::kKeep;
  }
  if (d.o.domains_refused.contains(entry.name)) return DomainFate::kDrop;
  const auto doubt = d.o.domain_doubts.find(entry.name);
  const auto right = d.o.domain_rights.find(entry.name);
  if (doubt == d.o.domain_doubts.end()) {
    // The next attempt writes a new entry, with a new time limit to send it.
    const bool mine = right != d.o.domain_rights.end() && !d.due(right->second);
    return mine && there == nullptr ? DomainFate::kKeep : DomainFate::kDrop;
  }
  // Only a configuration that the operator created refers to a certificate of the ledger. While another party has the
  // domain, the create in doubt can still arrive, and takes effect if the other configuration goes.
  if (there != nullptr && find_id(d.ledger, there->server_certificate_id) != nullptr) {
    entry.made(there->id, d.now_text());
    return DomainFate::kKeep;
  }
  const base::BootTime settled = doubt->second.first_seen + d.o.timing.doubt_window();
  const bool listed = there != nullptr || doubt->second.misses >= 2;
  const bool over = d.o.domains && d.o.domains->began >= settled && listed;
  return over ? DomainFate::kDrop : DomainFate::kKeep;
}

/// The list began at least `pause` after the last change of the entry.
bool listed_after(const Draft& d, const Domain& entry, base::Duration pause) {
  const auto since = base::parse_rfc3339(entry.since);
  const base::SystemTime listed = d.o.now - (d.o.boot_now - d.o.domains->began);
  return since && listed >= *since + pause;
}

DomainFate settle_domain(Draft& d, Domain& entry) {
  const platform::DomainConfiguration* there = d.o.domains ? d.o.domains->find(entry.name) : nullptr;
  if (entry.state == DomainState::kReserved) return settle_intent(d, entry, there);
  if (entry.state == DomainState::kOther || entry.state == DomainState::kKept) return DomainFate::kKeep;
  if (there != nullptr) {
    // It was retained while its creation was in doubt; the list shows that it was created.
    const bool ours = find_id(d.ledger, there->server_certificate_id) != nullptr;
    if (entry.id.empty() && ours) entry.identify(there->id);
    // Another id: another party replaced it. But a list that lags can still show the configuration before ours.
    const bool made_anew = there->id != entry.id && listed_after(d, entry, d.o.timing.settling);
    return made_anew ? DomainFate::kDrop : DomainFate::kKeep;
  }
  if (entry.state == DomainState::kActive && d.o.domains_gone.contains(entry.name)) {
    entry.removed_by_others(d.now_text());
  }
  // A list can lag, so a configuration counts as deleted only if the platform does not know its id. The ids of retained
  // ones are not checked: they count as deleted if a list that began late enough does not show them.
  if (entry.state != DomainState::kRetained || !d.o.domains) return DomainFate::kKeep;
  return listed_after(d, entry, d.o.timing.doubt_window()) ? DomainFate::kDrop : DomainFate::kKeep;
}

/// The object that takes over the domain: it wants the domain and has a certificate to serve. An object with the name
/// of the owner comes first. An heir without a certificate could wait for the slot of the certificate that the
/// configuration serves, so it does not qualify.
const CertificateView* domain_heir(const Draft& d, const Domain& entry) {
  const CertificateView* heir = nullptr;
  for (const std::size_t i : d.by_priority()) {
    const CertificateView& view = d.o.certificates[i];
    if (!wishes(&view, entry.name) || !may_inherit(d, view, entry) || view.object->suspend) continue;
    const bool holds = held_slot(d.ledger, view.object->meta.uid, "") != nullptr;
    if (view.object->meta.name == entry.owner) return holds ? &view : nullptr;
    if (holds && heir == nullptr) heir = &view;
  }
  return heir;
}

void hand_over(Draft& d, Domain& entry) {
  if (entry.state == DomainState::kOther || entry.state == DomainState::kKept) return;
  const CertificateView* owner = d.view_of(entry.owner_uid);
  if (owner == nullptr && entry.state != DomainState::kRetained && !d.o.gone_since.contains(entry.owner_uid)) return;
  if (entry.state == DomainState::kRetained && entry.id.empty()) return;  // not known yet whether it was created
  const bool wished = wishes(owner, entry.name) && entry.state != DomainState::kRetained;
  if (const CertificateView* heir = wished ? owner : domain_heir(d, entry)) {
    if (entry.state == DomainState::kRetained) {
      entry.take_back(owner_of(*heir->object), d.now_text());
    } else {
      entry.hand_over(owner_of(*heir->object));
    }
  } else if (entry.state != DomainState::kRetained && left_by_policy(d, owner, entry.retain, entry.owner_uid)) {
    entry.leave(d.now_text());
  }
}

}  // namespace

void hand_over_domains(Draft& d) {
  std::vector<std::string> vacant;
  for (Domain& entry : d.domains) {
    if (settle_domain(d, entry) == DomainFate::kDrop) {
      vacant.push_back(entry.name);
    } else {
      hand_over(d, entry);
    }
  }
  for (const std::string& name : vacant) vacate(d.domains, name, d.o.instance->domain_rules);
  std::erase_if(d.domains, [&](const Domain& entry) { return released(d, entry); });
}

}  // namespace planner
