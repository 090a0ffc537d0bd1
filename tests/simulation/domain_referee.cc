#include "domain_referee.h"

#include <algorithm>

#include "material.h"
#include "planner/assessment.h"
#include "planner/plan.h"
#include "violation.h"
#include "world.h"

namespace simulation {

using resources::DomainLedger;
using resources::DomainState;
using resources::Slot;

namespace {

std::string text(const resources::Domain& entry) {
  const char* state = entry.state == DomainState::kReserved ? "Reserved "
                      : entry.state == DomainState::kActive ? "Active "
                      : entry.state == DomainState::kKept   ? "Kept "
                                                            : "Retained ";
  return state + entry.name + (entry.id.empty() ? "" : " (" + entry.id.str() + ")") + " of " + entry.owner.name;
}

}  // namespace

void DomainReferee::judge_ledger(const DomainLedger& before, const DomainLedger& now, const resources::Ledger& slots,
                                 bool was_lost) {
  slots_ = slots;
  if (!before.empty() || !now.empty()) {
    world_.story.tell([&] {
      std::string line = "    domains:";
      for (const Domain& entry : now) line += " [" + text(entry) + "]";
      return line;
    });
  }
  std::set<std::string> names;
  for (const Domain& entry : now) {
    if (!names.insert(entry.name).second) throw Violation("two entries of one domain: " + text(entry));
    const Domain* then = resources::find_domain(before, entry.name);
    if (then == nullptr || (!then->is_used() && entry.is_used())) {
      judge_new(entry, was_lost);
      if (then != nullptr) judge_namespace(*then, entry);
    } else if (then->is_used() && !entry.is_used()) {
      judge_dropped(*then);
    } else if (!(*then == entry)) {
      judge_change(*then, entry);
    }
  }
  for (const Domain& entry : before) {
    if (resources::find_domain(now, entry.name) != nullptr) continue;
    if (entry.is_used()) judge_dropped(entry);
    judge_forgotten(entry);
  }
}

const resources::DomainRule* DomainReferee::rule_of(const std::string& domain) const {
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  return instance == nullptr ? nullptr : resources::rule_for(instance->domain_rules, domain);
}

/// A name goes from namespace to namespace only as an administrator says.
void DomainReferee::judge_namespace(const Domain& before, const Domain& entry) const {
  if (before.owner.ns == entry.owner.ns) return;
  const resources::DomainRule* rule = rule_of(entry.name);
  const bool listed = rule != nullptr && std::find(rule->namespaces.begin(), rule->namespaces.end(), entry.owner.ns) !=
                                             rule->namespaces.end();
  if (!listed) throw Violation("a domain goes to another namespace: " + text(before) + " to " + entry.owner.ns);
}

/// The name is anybody's again.
void DomainReferee::judge_forgotten(const Domain& entry) const {
  const resources::DomainRule* rule = rule_of(entry.name);
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const bool told = (rule != nullptr && rule->decides()) || instance->release_domain == entry.name;
  if (entry.served_once && !told) throw Violation("a name that was served is not kept: " + text(entry));
}

void DomainReferee::judge_new(const Domain& entry, bool was_lost) {
  if (entry.state == DomainState::kActive) {
    // Put back after a restore, whenever the list has shown it.
    const bool put_back = world_.user.ledger_was_lost() && names_ours(entry.id);
    take_over(entry, was_lost || lost_just_now() || put_back || may_adopt(entry));
  } else if (entry.state == DomainState::kKept && (was_lost || world_.user.ledger_was_lost())) {
    // Put back as it stood in the ledger that was lost, whenever a list allows to rebuild it.
  } else if (const Binding* there = world_.cloud.domains.find(entry.id);
             entry.state == DomainState::kRetained && there != nullptr && there->ours) {
    // Likewise, whenever the list has shown it.
  } else if (entry.state != DomainState::kReserved) {
    throw Violation("a domain's entry begins as " + text(entry));
  }
}

/// The configuration names a certificate of the ledger, or has named one.
bool DomainReferee::names_ours(const iotda::ConfigurationId& id) const {
  const Binding* there = world_.cloud.domains.find(id);
  return there != nullptr && std::any_of(there->served.begin(), there->served.end(), [&](const auto& served) {
           return resources::find_id(slots_, served) != nullptr;
         });
}

bool DomainReferee::may_adopt(const Domain& entry) const {
  const resources::DomainRule* rule = rule_of(entry.name);
  return owners_.of(entry.owner_uid).adopts_domains && rule != nullptr && rule->adopt;
}

void DomainReferee::judge_change(const Domain& before, const Domain& entry) {
  judge_namespace(before, entry);
  const resources::DomainRule* rule = rule_of(entry.name);
  const bool given = before.state == DomainState::kRetained && before.owner != entry.owner;
  if (given && (rule == nullptr || !rule->adopt)) {
    throw Violation("what was left by policy goes to another object: " + text(before) + " to " + entry.owner.name);
  }
  // One that was never made may go to whoever is known to wish it.
  if (before.owner_uid != entry.owner_uid && before.state == DomainState::kActive &&
      owners_.has_settled(before.owner_uid) && owners_.of(before.owner_uid).wish == entry.name &&
      world_.service.serving(entry.name) == before.owner_uid) {
    throw Violation("a domain is taken from an object that wishes it: " + text(before) + " goes to " +
                    entry.owner.name);
  }
  if (entry.id != before.id && !entry.id.empty()) {
    // One that names a certificate of ours may be ours, if its creation was intended.
    const bool doubt = (before.id.empty() && names_ours(entry.id)) || in_doubt_.contains(entry.name);
    take_over(entry, doubt || may_adopt(entry));
    in_doubt_.erase(entry.name);
  }
}

/// Nobody can tell a configuration that was made by us with a lost answer from one that others have made meanwhile.
void DomainReferee::take_over(const Domain& entry, bool allowed) {
  Binding* there = world_.cloud.domains.find(entry.id);
  if (there == nullptr) throw Violation("an entry has a configuration that never was: " + text(entry));
  if (there->name != entry.name) throw Violation("an entry has the configuration of another domain: " + text(entry));
  if (!there->ours && !allowed) throw Violation("it is not allowed to take over " + text(entry));
  there->ours = true;
  there->orphaned = false;
}

void DomainReferee::judge_dropped(const Domain& entry) {
  const Binding* there = world_.cloud.domains.named(entry.name);
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const resources::Ledger ledger = instance->status.slots.value_or(resources::Ledger{});
  // The list that it was dropped by may have shown what it named before.
  const bool pointed_elsewhere =
      there != nullptr && std::any_of(there->served.begin(), there->served.end(),
                                      [&](const auto& id) { return resources::find_id(ledger, id) == nullptr; });
  if (entry.state == DomainState::kReserved && pointed_elsewhere) {
    // Others have changed it before anybody knew whose it is.
    world_.cloud.domains.find(there->id)->orphaned = true;
  }
  if (entry.state == DomainState::kRetained) {
    // What was left by policy is nobody's from now on.
    if (there != nullptr) world_.cloud.domains.find(there->id)->ours = false;
    return;
  }
  if (entry.adopted && there != nullptr && there->id == entry.id) {
    judge_given_back(entry, *there, ledger);
    return;
  }
  if (there != nullptr && there->ours && !there->orphaned) {
    throw Violation("a domain's entry is dropped, but its configuration is there as " + there->id.str() + ": " +
                    text(entry));
  }
  for (const PendingBinding& call : world_.cloud.domains.pending()) {
    if (call.kind == PendingBinding::Kind::kCreate && call.wanted.domain_name == entry.name) {
      throw Violation("a domain's entry is dropped whose configuration may still be made: " + text(entry));
    }
  }
}

/// What was taken over serves what it served before, if that is still there.
void DomainReferee::judge_given_back(const Domain& entry, const Binding& there, const resources::Ledger& ledger) {
  const CloudCertificate* former = world_.cloud.find(entry.former_certificate);
  const bool possible = former != nullptr && former->alive() && !has(world_.setup.features, Feature::kDomainLag);
  const bool ours = there.ours && resources::find_id(ledger, there.certificate_id) != nullptr;
  if (possible && ours && there.certificate_id != entry.former_certificate) {
    throw Violation("what was taken over is not given back: " + text(entry));
  }
  world_.cloud.domains.find(there.id)->ours = false;
}

bool DomainReferee::create_sent(const Process& process, const iotda::DomainConfiguration& wanted) {
  const Domain* entry = live_entry(wanted.domain_name);
  if (entry == nullptr) {
    if (lost_just_now()) return false;
    throw Violation("a domain configuration is made without an entry: " + wanted.domain_name);
  }
  if (entry->state != DomainState::kReserved) throw Violation("a domain configuration is made twice: " + text(*entry));
  in_doubt_.insert(entry->name);
  judge_binding(process, *entry, wanted.server_certificate_id);
  return true;
}

void DomainReferee::update_sent(const Process& process, const iotda::DomainConfiguration& wanted) {
  const Binding* there = world_.cloud.domains.find(wanted.id);
  if (there == nullptr) throw Violation("an update of a domain configuration that never was: " + wanted.id.str());
  const Domain* entry = live_entry(there->name);
  if (entry == nullptr || entry->id != wanted.id) {
    if (lost_just_now() || there->orphaned) return;
    throw Violation("an update of a domain configuration that no entry has: " + wanted.id.str() + " of " + there->name);
  }
  if (!there->ours) throw Violation("a domain configuration of others is changed: " + text(*entry));
  if (entry->adopted && wanted.server_certificate_id == entry->former_certificate) return;
  judge_binding(process, *entry, wanted.server_certificate_id);
}

/// What a domain is made to serve: a certificate that the ledger has for the object that wishes the domain, as a live
/// read of just now has shown, and the one that the Secret asks for, if the object has that.
void DomainReferee::judge_binding(const Process& process, const Domain& entry,
                                  const iotda::CertificateId& certificate_id) const {
  const base::BootTime t = world_.clock.boot_now();
  if (t > process.ledger_read() + world_.timing.send_window) {
    throw Violation("a domain is changed long after the ledger was read: " + text(entry));
  }
  if (process.knew_suspended(entry.owner_uid))
    throw Violation("a domain is changed for a suspended object: " + text(entry));
  if (!owners_.wished_lately(entry.owner_uid, entry.name)) {
    throw Violation("a domain is changed for an object that does not wish it: " + text(entry));
  }
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const resources::Ledger ledger =
      instance != nullptr ? instance->status.slots.value_or(resources::Ledger{}) : resources::Ledger{};
  const Slot* slot = resources::find_id(ledger, certificate_id);
  if (slot == nullptr || !slot->held()) {
    if (lost_just_now()) return;
    throw Violation("a domain is to serve " + certificate_id.str() +
                    ", which the ledger does not have: " + text(entry));
  }
  if (slot->owner_uid != entry.owner_uid) {
    throw Violation("a domain is to serve a certificate of " + slot->owner.name + ": " + text(entry));
  }
  // With other settings, the same certificate may be served on.
  const Binding* there = world_.cloud.domains.named(entry.name);
  if (there != nullptr && there->certificate_id == certificate_id) return;
  for (const Slot& other : ledger) {
    if (!other.held() || other.owner_uid != slot->owner_uid || other.fingerprint == slot->fingerprint) continue;
    const auto chain = static_cast<std::size_t>(chain_of_fingerprint(other.fingerprint));
    if (!chains()[chain].in_date(world_.clock.system_now())) continue;
    const bool newer = world_.user.always(entry.owner.name, t - kAction, [&](const Content& content) {
      // Else the Secret is not fit for the domain, and what is held serves on.
      return content.usable(world_.clock.system_now(), entry.name) == chain_of_fingerprint(other.fingerprint);
    });
    if (newer) throw Violation("a domain is to serve an old certificate, " + certificate_id.str() + ": " + text(entry));
  }
}

void DomainReferee::remove_sent(const Process& process, const iotda::ConfigurationId& id) {
  const Binding* there = world_.cloud.domains.find(id);
  if (there == nullptr) throw Violation("a delete of a domain configuration that never was: " + id.str());
  if (!there->there) return;
  const Domain* entry = live_entry(there->name);
  if (entry == nullptr || entry->id != id) {
    if (there->orphaned || lost_just_now()) return;
    throw Violation("a delete of a domain configuration that no entry has: " + id.str() + " of " + there->name);
  }
  if (!there->ours) throw Violation("a delete of a domain configuration of others: " + text(*entry));
  if (entry->adopted) throw Violation("what was taken over is deleted: " + text(*entry));
  if (process.knew_suspended(entry->owner_uid)) {
    throw Violation("a domain configuration is deleted for a suspended object: " + text(*entry));
  }
  const Owner& owner = owners_.of(entry->owner_uid);
  if (owner.gone) {
    const bool serves = world_.service.serving(entry->name) == entry->owner_uid;
    if (!owner.deleting && owner.wish == entry->name && serves &&
        world_.clock.boot_now() < *owner.gone + planner::kGoneGrace) {
      throw Violation("the owner of a domain configuration has vanished only just now: " + text(*entry));
    }
    return;
  }
  // Under BreakBeforeMake it goes with the certificate, and is made again.
  // One that serves a certificate of another object, and has none of its own, goes so that that one can.
  const bool breaks = owners_.may_break(entry->owner_uid) || world_.service.serving(entry->name) != entry->owner_uid;
  if (!breaks && owners_.has_settled(entry->owner_uid) && owner.wish == entry->name) {
    throw Violation("a domain configuration is deleted that is wished: " + text(*entry));
  }
  if (owners_.lasts(owner.deleting) && owners_.lasts(owner.retained)) {
    throw Violation("a domain configuration is deleted that is to be retained: " + text(*entry));
  }
}

const resources::Domain* DomainReferee::live_entry(const std::string& name) const {
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  return instance == nullptr ? nullptr : resources::find_domain(instance->status.domains, name);
}

bool DomainReferee::lost_just_now() const {
  return world_.user.ledger_was_lost() && world_.clock.boot_now() - world_.user.ledger_lost_at() <= kAction;
}

}  // namespace simulation
