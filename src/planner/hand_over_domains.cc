#include "planner/hand_over_domains.h"

#include <algorithm>

#include "base/time_format.h"
#include "planner/domain_claims.h"
#include "planner/ownership.h"

namespace planner {
namespace {

enum class DomainFate { kKeep, kDrop };

/// An administrator says that the name is for anybody; or says now whose it is.
bool released(const Draft& d, const Domain& entry) {
  const DomainRule* rule = rule_for(d.o.instance->domain_rules, entry.name);
  if (entry.state == DomainState::kKept && rule != nullptr && rule->decides()) return true;
  const bool held = entry.state == DomainState::kKept || entry.state == DomainState::kRetained;
  return held && entry.name == d.o.instance->release_domain;
}

/// What became of the intent to make a configuration.
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
    // The next try is written down anew, with a new time to send it.
    const bool mine = right != d.o.domain_rights.end() && !d.due(right->second);
    return mine && there == nullptr ? DomainFate::kKeep : DomainFate::kDrop;
  }
  if (there != nullptr) {
    // Ours names a certificate of ours, because nobody else has reason to.
    if (find_id(d.ledger, there->server_certificate_id) == nullptr) return DomainFate::kDrop;
    entry.made(there->id, d.now_text());
    return DomainFate::kKeep;
  }
  const base::BootTime settled = doubt->second.first_seen + d.o.timing.doubt_window();
  const bool over = d.o.domains && d.o.domains->began >= settled && doubt->second.misses >= 2;
  return over ? DomainFate::kDrop : DomainFate::kKeep;
}

/// The list began so long after the last change of the entry.
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
    // What was left behind in doubt was made.
    const bool ours = find_id(d.ledger, there->server_certificate_id) != nullptr;
    if (entry.id.empty() && ours) entry.identify(there->id);
    // Made anew by others: not ours. But a list that lags may still show the one before ours.
    const bool made_anew = there->id != entry.id && listed_after(d, entry, d.o.timing.settling);
    return made_anew ? DomainFate::kDrop : DomainFate::kKeep;
  }
  if (entry.state == DomainState::kActive && d.o.domains_gone.contains(entry.name)) {
    entry.removed_by_others(d.now_text());
  }
  // Only the platform's answer about its id says that a configuration is gone, because a list may lag. What was left
  // behind is not asked for.
  if (entry.state != DomainState::kRetained || !d.o.domains) return DomainFate::kKeep;
  return listed_after(d, entry, d.o.timing.doubt_window()) ? DomainFate::kDrop : DomainFate::kKeep;
}

/// Who wishes the domain and has something to serve on it: first the object of the same name, made anew. An heir
/// without a certificate would wait for the slot of the one that the configuration serves.
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
  if (entry.state == DomainState::kRetained && entry.id.empty()) return;  // it is not known yet whether there is one
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

/// Domains go with the wish for them. What the platform lists decides what became of intents, and shows what others
/// have removed or made anew.
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
