#include <algorithm>

#include "base/time_format.h"
#include "planner/planner.h"

namespace planner {
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

Problem name_of_others(const std::string& name, const DomainRule* rule, const Domain* entry) {
  if (rule != nullptr && rule->decides()) {
    return {"NamespaceNotAllowed", "spec.domains of the IoTDAInstance gives " + rule->name +
                                       " to other namespaces; name another domain, or ask an administrator"};
  }
  return {"DomainConflict", "domain " + name + " belongs to namespace " + entry->owner.ns +
                                ", which had it first; an administrator can give it to others in spec.domains of the "
                                "IoTDAInstance, or release it with the annotation " +
                                std::string(kReleaseDomainAnnotation) + ": " + name};
}

Problem domain_of_other(const Domain& entry) {
  return {"DomainConflict", "domain " + entry.name + " belongs to ServerCertificate " + entry.owner.to_string() +
                                "; name another domain, or remove it there"};
}

Problem foreign_domain(const platform::DomainConfiguration& there, bool asked) {
  return {"DomainConflict", "domain configuration " + there.id + " of " + there.domain_name +
                                " is on the platform and not the operator's; remove it there, or to take it over " +
                                (asked ? "" : "set spec.domainConfiguration.adoptionPolicy to IfExists, and ") +
                                "have an administrator set adopt for this name in spec.domains of the IoTDAInstance"};
}

}  // namespace

/// Domains go with the wish for them. What the platform lists decides what became of intents, and shows what others
/// have removed or made anew.
void Planner::hand_over_domains() {
  std::vector<std::string> vacant;
  for (Domain& entry : domains_) {
    if (settle_domain(entry) == DomainFate::kDrop) {
      vacant.push_back(entry.name);
    } else {
      hand_over(entry);
    }
  }
  for (const std::string& name : vacant) vacate(domains_, name, o_.instance->domain_rules);
  std::erase_if(domains_, [&](const Domain& entry) { return released(entry); });
}

/// An administrator says that the name is for anybody; or says now whose it is.
bool Planner::released(const Domain& entry) const {
  const DomainRule* rule = rule_for(o_.instance->domain_rules, entry.name);
  if (entry.state == DomainState::kKept && rule != nullptr && rule->decides()) return true;
  const bool held = entry.state == DomainState::kKept || entry.state == DomainState::kRetained;
  return held && entry.name == o_.instance->release_domain;
}

bool Planner::may_claim(const CertificateView& view, const std::string& name) const {
  return resources::may_claim(o_.instance->domain_rules, domains_, name, view.object->meta.name.ns);
}

/// What was left by policy goes to the same object, made anew, or to whom an administrator lets take over.
bool Planner::may_inherit(const CertificateView& view, const Domain& entry) const {
  if (!may_claim(view, entry.name)) return false;
  if (view.object->meta.name == entry.owner) return true;
  const DomainRule* rule = rule_for(o_.instance->domain_rules, entry.name);
  return view.allowed && (entry.state != DomainState::kRetained || (rule != nullptr && rule->adopt));
}

void Planner::hand_over(Domain& entry) {
  if (entry.state == DomainState::kOther || entry.state == DomainState::kKept) return;
  const CertificateView* owner = view_of(entry.owner_uid);
  if (owner == nullptr && entry.state != DomainState::kRetained && !o_.gone_since.contains(entry.owner_uid)) return;
  if (entry.state == DomainState::kRetained && entry.id.empty()) return;  // it is not known yet whether there is one
  const bool wished = wishes(owner, entry.name) && entry.state != DomainState::kRetained;
  if (const CertificateView* heir = wished ? owner : domain_heir(entry)) {
    give_to(entry, *heir->object);
    if (entry.state == DomainState::kRetained) enter(entry, DomainState::kActive);
  } else if (entry.state != DomainState::kRetained && left_by_policy(owner, entry.retain, entry.owner_uid)) {
    enter(entry, DomainState::kRetained);
  }
}

Planner::DomainFate Planner::settle_domain(Domain& entry) {
  const platform::DomainConfiguration* there = o_.domains ? o_.domains->find(entry.name) : nullptr;
  if (entry.state == DomainState::kReserved) return settle_intent(entry, there);
  if (entry.state == DomainState::kOther || entry.state == DomainState::kKept) return DomainFate::kKeep;
  if (there != nullptr) {
    // What was left behind in doubt was made.
    const bool ours = find_id(ledger_, there->server_certificate_id) != nullptr;
    if (entry.id.empty() && ours) entry.id = there->id;
    // Made anew by somebody else: not ours.
    return there->id == entry.id ? DomainFate::kKeep : DomainFate::kDrop;
  }
  if (entry.state == DomainState::kActive && o_.domains_gone.contains(entry.name)) {
    enter(entry, DomainState::kReserved);
    entry.id.clear();
    entry.former_certificate.clear();
    entry.adopted = false;
  }
  // Only the platform's answer about its id says that a configuration is gone, because a list may lag. What was left
  // behind is not asked for.
  if (entry.state != DomainState::kRetained || !o_.domains) return DomainFate::kKeep;
  const auto since = base::parse_rfc3339(entry.since);
  const base::SystemTime listed = o_.now - (o_.boot_now - o_.domains->began);
  return since && listed >= *since + o_.timing.doubt_window() ? DomainFate::kDrop : DomainFate::kKeep;
}

/// What became of the intent to make a configuration.
Planner::DomainFate Planner::settle_intent(Domain& entry, const platform::DomainConfiguration* there) {
  const auto made = o_.domains_made.find(entry.name);
  if (made != o_.domains_made.end()) {
    entry.id = made->second;
    enter(entry, DomainState::kActive);
    return DomainFate::kKeep;
  }
  if (o_.domains_refused.contains(entry.name)) return DomainFate::kDrop;
  const auto doubt = o_.domain_doubts.find(entry.name);
  const auto right = o_.domain_rights.find(entry.name);
  if (doubt == o_.domain_doubts.end()) {
    // The next try is written down anew, with a new time to send it.
    const bool mine = right != o_.domain_rights.end() && !due(right->second);
    return mine && there == nullptr ? DomainFate::kKeep : DomainFate::kDrop;
  }
  if (there != nullptr) {
    // Ours names a certificate of ours, because nobody else has reason to.
    if (find_id(ledger_, there->server_certificate_id) == nullptr) return DomainFate::kDrop;
    entry.id = there->id;
    enter(entry, DomainState::kActive);
    return DomainFate::kKeep;
  }
  const base::BootTime settled = doubt->second.first_seen + o_.timing.doubt_window();
  const bool over = o_.domains && o_.domains->began >= settled && doubt->second.misses >= 2;
  return over ? DomainFate::kDrop : DomainFate::kKeep;
}

/// Who wishes the domain and has something to serve on it: first the object of the same name, made anew. An heir
/// without a certificate would wait for the slot of the one that the configuration serves.
const CertificateView* Planner::domain_heir(const Domain& entry) const {
  const CertificateView* heir = nullptr;
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    if (!wishes(&view, entry.name) || !may_inherit(view, entry) || view.object->suspend) continue;
    const bool holds = held_slot(ledger_, view.object->meta.uid, "") != nullptr;
    if (view.object->meta.name == entry.owner) return holds ? &view : nullptr;
    if (holds && heir == nullptr) heir = &view;
  }
  return heir;
}

/// Somebody else wishes the domain and is about to get a certificate for it, so that it can go over without an outage.
/// For that it is not waited long.
bool Planner::heir_is_coming(const Domain& entry) {
  const auto since = o_.domain_unwished.find(entry.name);
  if (since == o_.domain_unwished.end() || o_.boot_now >= since->second + kHeirGrace) return false;
  const auto taken = ledger_.size() + foreign_certificates(o_, ledger_).size();
  const bool room = taken < static_cast<std::size_t>(o_.instance->quota) && !o_.instance->meta.deleting;
  const bool coming = std::any_of(o_.certificates.begin(), o_.certificates.end(), [&](const CertificateView& view) {
    if (!wishes(&view, entry.name) || wanted(view, o_.now) == nullptr || view.refusal() != nullptr) return false;
    if (!may_inherit(view, entry)) return false;
    const std::string& uid = view.object->meta.uid;
    return room || std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& s) { return s.owner_uid == uid; });
  });
  if (coming) wake_.at(since->second + kHeirGrace);
  return coming;
}

/// It serves what is to be deleted, and nothing of its owner's can take its place now: its owner breaks before it
/// makes, or has no certificate, and the one that is served is another's. So the configuration goes first, and is made
/// anew when there is something to serve.
bool Planner::stands_in_the_way(const Domain& entry) {
  const platform::DomainConfiguration* there = o_.domains ? o_.domains->find(entry.name) : nullptr;
  const Slot* served = there == nullptr ? nullptr : find_id(ledger_, there->server_certificate_id);
  if (served == nullptr || !o_.delete_troubles.contains(served->attempt)) return false;
  if (served->owner_uid == entry.owner_uid) {
    return served->state == SlotState::kDeleting && served->reserved_for_uid == entry.owner_uid;
  }
  if (view_of(entry.owner_uid) == nullptr && !gone_for_good(entry.owner_uid)) return false;
  return held_slot(ledger_, entry.owner_uid, "") == nullptr && !keeps(view_of(served->owner_uid), *served);
}

Action Planner::serve() {
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    const DomainSpec* wish = wish_of(&view);
    if (wish == nullptr || view.object->suspend) continue;
    const std::string& uid = view.object->meta.uid;
    const certificate::Facts* facts = wanted(view, o_.now);
    const Slot* slot = facts == nullptr ? nullptr : held_slot(ledger_, uid, facts->fingerprint);
    // Until the one in the Secret is there, or while that is not fit for use, the one of before is served.
    if (slot == nullptr) slot = best_slot(o_, ledger_, uid);
    if (slot == nullptr) continue;
    Action action = serve(view, *wish, *slot, unserved_[i]);
    if (acts(action)) return action;
  }
  return {};
}

/// The next thing to do until the domain serves what is in the slot; or why it does not.
Action Planner::serve(const CertificateView& view, const DomainSpec& wish, const Slot& slot,
                      std::optional<Problem>& why) {
  if (!o_.domains) {
    if (was_served(view, slot)) return {};
    if (!o_.domains_problem && calls_) {
      if (Action action = offer(TakeInventory{}); acts(action)) return action;
    }
    why = o_.domains_problem ? o_.domains_problem : standstill(o_);
    if (!why) why = Problem{"Progressing", "the domain configurations of the platform are about to be listed"};
    return {};
  }
  const std::string& uid = view.object->meta.uid;
  const platform::DomainConfiguration* there = o_.domains->find(wish.name);
  const Domain* entry = find_used_domain(domains_, wish.name);
  const bool ours = entry != nullptr && entry->owner_uid == uid;
  if (ours && there != nullptr && serves(*there, wish, slot)) return {};

  if ((why = domain_obstacle(view, wish, {})) || (why = standstill(o_))) return {};
  if (o_.management_conflict) {
    why = Problem{"ManagementConflict", "domain " + wish.name +
                                            " keeps being changed by another party; stop that, then set the "
                                            "annotation " +
                                            std::string(kReconcileAnnotation) + " on the IoTDAInstance"};
    return {};
  }
  const Rejection* refusal = view.binding_refusal();
  const bool of_another = refusal != nullptr && !refusal->id.empty() && refusal->id != slot.id;
  const bool taken_over = entry == nullptr && there != nullptr;  // not what was refused, which was to make one
  if (!of_another && !taken_over && (why = still_refused(refusal))) return {};
  why = Problem{"Progressing", "domain " + wish.name + " is about to serve " + slot.id};
  if (entry != nullptr && entry->state == DomainState::kReserved && o_.domain_doubts.contains(wish.name)) {
    why->message = "it is not yet known whether domain configuration " + wish.name +
                   " was created; the platform's list is watched until that is certain";
    return {};
  }
  if (entry != nullptr && !ours) {
    why->message = "domain " + wish.name + " is about to be handed over by " + entry->owner.to_string();
    return {};
  }
  if (in_trouble(uid, Effect::kRead)) return {};
  if (!have_fresh_domains()) return offer(TakeInventory{});
  if (entry == nullptr) {
    const Domain* kept = find_domain(domains_, wish.name);
    Domain made;
    made.name = wish.name;
    made.served_once = kept != nullptr;
    give_to(made, *view.object);
    enter(made, there != nullptr ? DomainState::kActive : DomainState::kReserved);
    if (there != nullptr) {
      made.adopted = true;
      made.id = there->id;
      made.former_certificate = there->server_certificate_id;
    }
    std::erase_if(domains_, [&](const Domain& d) { return d.name == wish.name; });
    domains_.push_back(std::move(made));
    return written_if_changed();
  }
  const certificate::Facts* facts = wanted(view, o_.now);
  const bool newest = facts != nullptr && facts->fingerprint == slot.fingerprint;
  return offer(Serve{uid, slot.attempt, entry->id, newest});
}

/// Domains that objects are about to get, because they have a slot or are about to get that.
Planner::Claims Planner::domain_claims() const {
  Claims claims;
  for (const CertificateView& view : o_.certificates) {
    if (has_place(view.object->meta.uid)) claim_domain(view, claims);
  }
  return claims;
}

void Planner::claim_domain(const CertificateView& view, Claims& claims) const {
  const DomainSpec* wish = wish_of(&view);
  if (wish == nullptr || find_used_domain(domains_, wish->name) != nullptr) return;
  if (o_.domains && o_.domains->find(wish->name) != nullptr) return;
  claims.emplace(wish->name, view.object->meta.name);
}

/// Why the domain cannot be the object's.
std::optional<Problem> Planner::domain_obstacle(const CertificateView& view, const DomainSpec& wish,
                                                const Claims& claims) const {
  const Domain* entry = find_domain(domains_, wish.name);
  const DomainRule* rule = rule_for(o_.instance->domain_rules, wish.name);
  const bool known = entry != nullptr && entry->is_used() && entry->state != DomainState::kOther;
  if (known && entry->owner_uid == view.object->meta.uid) return std::nullopt;
  if (!view.allowed) return not_allowed(view);
  if (!may_claim(view, wish.name)) return name_of_others(wish.name, rule, entry);
  if (entry != nullptr && entry->is_used()) {
    const CertificateView* owner = view_of(entry->owner_uid);
    const bool given_up = owner == nullptr ? o_.gone_since.contains(entry->owner_uid) : !wishes(owner, wish.name);
    const bool left = entry->state == DomainState::kRetained;
    const bool free = entry->state != DomainState::kOther && (given_up || left) && may_inherit(view, *entry);
    return free ? std::nullopt : std::optional(domain_of_other(*entry));
  }
  if (!o_.domains) return std::nullopt;
  if (const platform::DomainConfiguration* there = o_.domains->find(wish.name)) {
    if (!wish.adopt || rule == nullptr || !rule->adopt) return foreign_domain(*there, wish.adopt);
    return std::nullopt;
  }
  std::string holders;
  std::size_t taken = 0;
  bool going = false;
  const auto count = [&](const std::string& name, const std::string& whose) {
    ++taken;
    holders += (holders.empty() ? "" : ", ") + name + " (" + whose + ")";
  };
  for (const Domain& other : domains_) {
    if (!other.is_used()) continue;
    count(other.name, other.owner.to_string());
    going = going || !wishes(view_of(other.owner_uid), other.name);
  }
  for (const platform::DomainConfiguration& there : o_.domains->configurations) {
    if (find_used_domain(domains_, there.domain_name) == nullptr)
      count(there.domain_name, "not managed by the operator");
  }
  for (const auto& [name, claimant] : claims) {
    if (name != wish.name) count(name, claimant.to_string());
  }
  if (taken < static_cast<std::size_t>(o_.instance->domain_quota)) return std::nullopt;
  const std::string full = "quota of domain configurations reached (" + std::to_string(taken) + " of " +
                           std::to_string(o_.instance->domain_quota) + ") on IoTDAInstance " + o_.instance_name + ": " +
                           holders;
  if (going) return Problem{"Progressing", full + "; waiting until one of them is removed"};
  return Problem{"QuotaExceeded", full +
                                      "; use one of these domains, remove one, or raise "
                                      "spec.quota.domainConfigurations if the platform allows more"};
}

/// The domain ledger went with the other: a configuration that serves what is found to be ours is ours too.
void Planner::recover_domain(const CertificateView& view, const std::string& certificate_id) {
  const DomainSpec* wish = wish_of(&view);
  if (wish == nullptr || !o_.domains || find_used_domain(domains_, wish->name) != nullptr) return;
  if (!may_claim(view, wish->name)) return;
  const platform::DomainConfiguration* there = o_.domains->find(wish->name);
  if (there == nullptr || there->server_certificate_id != certificate_id) return;
  Domain found;
  found.name = wish->name;
  give_to(found, *view.object);
  enter(found, DomainState::kActive);
  found.id = there->id;
  std::erase_if(domains_, [&](const Domain& d) { return d.name == found.name; });
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
bool Planner::serves(const platform::DomainConfiguration& there, const DomainSpec& wish, const Slot& slot) const {
  if (there.ocsp && *there.ocsp != wish.ocsp) return false;
  if (there.server_certificate_id == slot.id) return true;
  const auto known = o_.known.find(there.server_certificate_id);
  return known != o_.known.end() && known->second.fingerprint == slot.fingerprint &&
         find_id(ledger_, there.server_certificate_id) == nullptr && o_.inventory &&
         !o_.tombstones.contains(there.server_certificate_id);
}

Action Planner::unserve() {
  for (const Domain& entry : domains_) {
    if (entry.state != DomainState::kActive || !calls_) continue;
    const CertificateView* owner = view_of(entry.owner_uid);
    if (owner != nullptr && owner->object->suspend) continue;
    const auto doubt = o_.domain_doubts.find(entry.name);
    if (doubt != o_.domain_doubts.end() && !due(doubt->second.first_seen + o_.timing.doubt_window())) continue;
    if (stands_in_the_way(entry)) {
      if (in_trouble(entry.name)) continue;
      if (Action action = offer(RemoveDomain{entry.name, true}); acts(action)) return action;
      continue;
    }
    if (wishes(owner, entry.name)) continue;
    if (owner == nullptr && !gone_for_good(entry.owner_uid)) continue;
    const bool renamed = owner != nullptr && !owner->object->meta.deleting;
    const auto since = o_.domain_unwished.find(entry.name);
    if (renamed && (since == o_.domain_unwished.end() || !due(since->second + kUnwishedGrace))) continue;
    if (heir_is_coming(entry)) continue;
    if (in_trouble(entry.name) || in_trouble(entry.owner_uid, Effect::kRead)) continue;
    // What is given back to others must not be what they have changed meanwhile.
    const bool look = entry.adopted && o_.domains && !have_fresh_domains();
    Action action = look ? Action(TakeInventory{}) : Action(RemoveDomain{entry.name});
    if (action = offer(std::move(action)); acts(action)) return action;
  }
  return {};
}

bool Planner::have_fresh_domains() const {
  return o_.domains && !o_.domains->outdated && o_.boot_now - o_.domains->ended <= kInventoryMaxAge;
}

}  // namespace planner
