#include "rest.h"

#include <algorithm>
#include <set>

#include "planner/assessment.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using resources::Instance;
using resources::Ledger;
using resources::ServerCertificate;
using resources::Slot;
using resources::SlotState;

/// Longer than every pause: W, the resync, the grace of an owner that is gone, the hour after a refusal.
constexpr base::Duration kLongEnough = std::chrono::hours(3);
/// Several resyncs.
constexpr base::Duration kQuiet = std::chrono::minutes(45);

bool is_ready(const ServerCertificate& object) {
  const meta::Condition* ready = meta::find(object.status.conditions, meta::kReady);
  return ready != nullptr && ready->status;
}

class Rest {
 public:
  explicit Rest(const World& world, bool at_rest = true)
      : world_(world),
        at_rest_(at_rest),
        instance_(world.cluster.instance(kInstance)),
        ledger_(instance_ != nullptr ? instance_->status.slots.value_or(Ledger{}) : Ledger{}) {}

  void check_objects(const std::set<std::string>& but) const {
    for (const auto& [name, object] : world_.cluster.certificates()) {
      if (!but.contains(name.name)) check_object(object);
    }
  }

  void check() const {
    check_objects({});
    if (instance_ == nullptr) return;
    if (!instance_->suspend) {
      for (const Slot& slot : ledger_) check_entry(slot);
      for (const resources::Domain& entry : instance_->status.domains) check_domain_entry(entry);
      check_leaks();
    }
    const bool holds = std::any_of(ledger_.begin(), ledger_.end(),
                                   [](const Slot& slot) { return slot.state != SlotState::kRetained; });
    if (instance_->meta.deleting && !holds) throw Violation("the instance is not let go");
  }

 private:
  static std::string reason(const ServerCertificate& object) {
    const meta::Condition* ready = meta::find(object.status.conditions, meta::kReady);
    return ready == nullptr ? "no condition" : ready->reason + ": " + ready->message;
  }

  /// The chain that the object should have; -1 for none.
  int wanted(const ServerCertificate& object) const {
    return world_.user.content(object.meta.name.name).usable(world_.clock.system_now(), wish(object));
  }

  /// The visit for it comes a second after the end.
  bool has_just_expired(const ServerCertificate& object) const {
    const base::SystemTime before = world_.clock.system_now() - std::chrono::seconds(2);
    return world_.user.content(object.meta.name.name).usable(before, wish(object)) >= 0;
  }

  static std::string wish(const ServerCertificate& object) { return object.domain ? object.domain->name : ""; }

  const Slot* entry(const meta::Uid& uid, int chain) const {
    for (const Slot& slot : ledger_) {
      if (slot.owner_uid == uid && slot.held() && chain_of_fingerprint(slot.fingerprint) == chain) return &slot;
    }
    return nullptr;
  }

  /// The owner has a use for the entry, or may not be touched, so it is not handed over.
  bool keeps_for_itself(const Slot& slot) const {
    const ServerCertificate* owner = world_.cluster.certificate_with_uid(slot.owner_uid);
    if (owner == nullptr || slot.state == SlotState::kRetained) return false;
    if (!slot.reserved_for_uid.empty()) return true;  // it goes back to who lent another one for it
    const int chain = wanted(*owner);
    if (owner->suspend || chain < 0 || chain == chain_of_fingerprint(slot.fingerprint)) return true;
    // Its newest one stays until its successor is there.
    return planner::held_slot(ledger_, slot.owner_uid, "") == &slot;
  }

  std::size_t foreign() const {
    const auto& all = world_.cloud.certificates();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const CloudCertificate& there) {
      return there.alive() && resources::find_id(ledger_, there.id) == nullptr;
    }));
  }

  bool foreign_has(int chain) const {
    const auto& all = world_.cloud.certificates();
    return std::any_of(all.begin(), all.end(), [&](const CloudCertificate& there) {
      return there.alive() && there.chain == chain && resources::find_id(ledger_, there.id) == nullptr;
    });
  }

  void check_object(const ServerCertificate& object) const {
    const std::string& name = object.meta.name.name;
    if (object.suspend || (instance_ != nullptr && instance_->suspend)) return;
    // Waits for a person, or an hour.
    const std::string why = reason(object);
    if (!at_rest_ && (why.starts_with("ManagementConflict") || why.starts_with("BindingRejected"))) return;
    if (object.meta.deleting) {
      if (blocked_by_others(object)) return;
      throw Violation(name + " is not let go: " + reason(object));
    }
    if (object.status.observed_generation != object.meta.generation) throw Violation(name + " has an old status");
    if (object.status.last_handled_reconcile_at != object.reconcile_token && instance_ != nullptr) {
      throw Violation(name + " has an unanswered reconcile token");
    }
    const int chain = wanted(object);
    if (chain < 0 && has_just_expired(object)) return;
    if (instance_ == nullptr || chain < 0) {
      if (is_ready(object)) throw Violation(name + " is Ready, but cannot be: " + reason(object));
      if (instance_ != nullptr) check_served_meanwhile(object);
      return;
    }
    if (const Slot* held = entry(object.meta.uid, chain)) {
      if (!check_domain(object, chain)) return;
      if (!is_ready(object)) throw Violation(name + " is not Ready, but has its certificate: " + reason(object));
      if (object.status.server_certificate_id != held->id) throw Violation(name + " has the wrong id in its status");
      return;
    }
    if (is_ready(object)) throw Violation(name + " is Ready without its certificate: " + reason(object));
    const bool holds = has(world_.setup.features, Feature::kDeletedInstance) &&
                       planner::held_slot(ledger_, object.meta.uid, "") != nullptr;
    if (instance_->meta.deleting && !holds) return;  // who holds one is renewed
    const bool duplicate = std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) {
      if (chain_of_fingerprint(slot.fingerprint) != chain) return false;
      // What the platform does not delete is not uploaded a second time.
      const bool stuck = slot.state == SlotState::kDeleting && blocked_by_others(slot);
      return stuck || keeps_for_itself(slot);
    });
    if (duplicate) return;
    if (foreign_has(chain)) {
      if (!object.adopt) return;
      throw Violation(name + " does not adopt what it could: " + reason(object));
    }
    if (cannot_have_its_domain(object)) return;  // and so gets no slot
    const std::size_t taken = ledger_.size() + foreign() - (has_place(object) ? 1 : 0);
    if (taken >= static_cast<std::size_t>(world_.setup.quota)) return;
    throw Violation(name + " can be Ready, but is not: " + reason(object));
  }

  /// The operator may not change it: somebody else's, left there by policy, or of a suspended object.
  bool is_out_of_reach(const Binding& binding) const {
    const resources::Domain* entry =
        instance_ == nullptr ? nullptr : resources::find_domain(instance_->status.domains, binding.name);
    if (!binding.ours || binding.orphaned || entry == nullptr) return true;
    const ServerCertificate* owner = world_.cluster.certificate_with_uid(entry->owner_uid);
    return entry->state == resources::DomainState::kRetained || (owner != nullptr && owner->suspend);
  }

  bool blocked_by_others(const Slot& slot) const {
    const auto& all = world_.cloud.domains.all();
    return std::any_of(all.begin(), all.end(), [&](const Binding& binding) {
      return binding.there && binding.certificate_id == slot.id && is_out_of_reach(binding);
    });
  }

  bool blocked_by_others(const ServerCertificate& object) const {
    return std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) {
      return slot.owner_uid == object.meta.uid && !slot.id.empty() && blocked_by_others(slot);
    });
  }

  bool has_place(const ServerCertificate& object) const {
    return std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) {
      return slot.state == SlotState::kEarmarked && slot.owner_uid == object.meta.uid;
    });
  }

  bool may_adopt(const ServerCertificate& object) const {
    const resources::DomainRule* rule = resources::rule_for(instance_->domain_rules, wish(object));
    return object.domain->adopt && rule != nullptr && rule->adopt;
  }

  /// The name belongs to another namespace, or what was left there by policy to another object.
  bool is_anothers(const ServerCertificate& object) const {
    const std::string domain = wish(object);
    const resources::DomainLedger& entries = instance_->status.domains;
    if (!resources::may_claim(instance_->domain_rules, entries, domain, object.meta.name.ns)) return true;
    const resources::Domain* entry = resources::find_domain(entries, domain);
    const bool left = entry != nullptr && entry->state == resources::DomainState::kRetained;
    // The object of the same name, made anew, comes first, even if it has nothing to serve yet.
    const auto same =
        entry == nullptr ? world_.cluster.certificates().end() : world_.cluster.certificates().find(entry->owner);
    const bool waits = same != world_.cluster.certificates().end() && same->second.meta.uid != object.meta.uid &&
                       !same->second.meta.deleting && wish(same->second) == domain;
    if (waits) return true;
    const resources::DomainRule* rule = resources::rule_for(instance_->domain_rules, domain);
    return left && entry->owner != object.meta.name && (rule == nullptr || !rule->adopt);
  }

  /// Another object or somebody else has its domain, or there are as many as there may be.
  bool cannot_have_its_domain(const ServerCertificate& object) const {
    const std::string domain = wish(object);
    if (domain.empty()) return false;
    const resources::DomainLedger& entries = instance_->status.domains;
    if (is_anothers(object)) return true;
    if (const resources::Domain* entry = resources::find_used_domain(entries, domain)) {
      const ServerCertificate* owner = world_.cluster.certificate_with_uid(entry->owner_uid);
      return entry->owner_uid != object.meta.uid && owner != nullptr && (owner->suspend || wish(*owner) == domain);
    }
    if (world_.cloud.domains.named(domain) != nullptr) return !may_adopt(object);
    auto taken = static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [](const resources::Domain& entry) { return entry.is_used(); }));
    for (const Binding& there : world_.cloud.domains.all()) {
      if (there.there && resources::find_used_domain(entries, there.name) == nullptr) ++taken;
    }
    // Who has a place for its certificate has one for its domain, too.
    std::set<std::string> claimed;
    for (const auto& [name, other] : world_.cluster.certificates()) {
      const bool counts = other.meta.uid != object.meta.uid && !wish(other).empty() && wish(other) != domain &&
                          (has_place(other) || planner::held_slot(ledger_, other.meta.uid, "") != nullptr);
      const bool there = counts && (resources::find_used_domain(entries, wish(other)) != nullptr ||
                                    world_.cloud.domains.named(wish(other)) != nullptr);
      if (counts && !there) claimed.insert(wish(other));
    }
    taken += claimed.size();
    return taken >=
           std::min<std::size_t>(world_.cloud.domains.quota, static_cast<std::size_t>(world_.setup.domain_quota));
  }

  /// False: it holds its certificate, but its domain cannot serve it, for a reason that is right.
  bool check_domain(const ServerCertificate& object, int chain) const {
    const std::string domain = wish(object);
    if (domain.empty()) return true;
    const std::string& name = object.meta.name.name;
    const Binding* there = world_.cloud.domains.named(domain);
    const resources::Domain* entry = resources::find_used_domain(instance_->status.domains, domain);
    const CloudCertificate* served = there != nullptr ? world_.cloud.find(there->certificate_id) : nullptr;
    if (entry != nullptr && entry->owner_uid == object.meta.uid && served != nullptr && served->alive() &&
        served->chain == chain) {
      if (there->ocsp != object.domain->ocsp)
        throw Violation(domain + " has other OCSP settings than " + name + " says");
      return true;
    }
    if (is_ready(object)) throw Violation(name + " is Ready, but " + domain + " does not serve its certificate");
    if (is_anothers(object)) return false;
    if (entry != nullptr && entry->owner_uid != object.meta.uid) {
      const ServerCertificate* owner = world_.cluster.certificate_with_uid(entry->owner_uid);
      const bool keeps = owner != nullptr && (owner->suspend || wish(*owner) == domain);
      if (keeps || instance_->meta.deleting) return false;
      throw Violation(domain + " is kept from " + name + " by an object that does not wish it: " + entry->owner.name);
    }
    if (entry == nullptr && there != nullptr && (!there->ours || there->orphaned) && !may_adopt(object)) return false;
    if (cannot_have_its_domain(object)) return false;
    throw Violation(domain + " can serve the certificate of " + name + ", but does not: " + reason(object));
  }

  /// The Secret is not fit, but the certificate of before is, and its domain goes on to serve it.
  void check_served_meanwhile(const ServerCertificate& object) const {
    const resources::Domain* entry = resources::find_domain(instance_->status.domains, wish(object));
    const Slot* held = planner::held_slot(ledger_, object.meta.uid, "");
    if (entry == nullptr || entry->owner_uid != object.meta.uid || entry->state != resources::DomainState::kActive)
      return;
    if (held == nullptr || !chains()[static_cast<std::size_t>(chain_of_fingerprint(held->fingerprint))].in_date(
                               world_.clock.system_now())) {
      return;
    }
    const Binding* there = world_.cloud.domains.named(entry->name);
    const CloudCertificate* served = there == nullptr ? nullptr : world_.cloud.find(there->certificate_id);
    const bool copy = served != nullptr && served->alive() && chain_of_fingerprint(held->fingerprint) == served->chain;
    if (!copy && world_.service.serving(entry->name) != object.meta.uid) {
      throw Violation(entry->name + " does not serve the certificate that " + object.meta.name.name +
                      " still holds: " + reason(object));
    }
  }

  void check_domain_entry(const resources::Domain& entry) const {
    if (entry.state == resources::DomainState::kRetained || !entry.is_used()) return;
    const ServerCertificate* owner = world_.cluster.certificate_with_uid(entry.owner_uid);
    const std::string text = "the entry of " + entry.name + " of " + entry.owner.name;
    if (owner == nullptr) throw Violation("nobody's: " + text);
    if (owner->suspend) return;
    if (wish(*owner) != entry.name) throw Violation("not wished: " + text);
    // With nothing to serve there, nobody asks.
    const bool used = planner::held_slot(ledger_, entry.owner_uid, "") != nullptr;
    if (used && entry.state == resources::DomainState::kActive && world_.cloud.domains.named(entry.name) == nullptr) {
      throw Violation("not on the platform: " + text);
    }
  }

  void check_entry(const Slot& slot) const {
    const std::string text = std::string(resources::to_string(slot.state)) + " entry of " + slot.owner.name + ", " +
                             chain_label(chain_of_fingerprint(slot.fingerprint)) + ", " + slot.id.str();
    const ServerCertificate* owner = world_.cluster.certificate_with_uid(slot.owner_uid);
    const bool waits = owner != nullptr && owner->suspend && slot.state == SlotState::kDeleting;
    if (waits) return;
    // With too many certificates of others it cannot be used.
    const bool overfull = ledger_.size() + foreign() > static_cast<std::size_t>(world_.setup.quota);
    if (slot.state == SlotState::kEarmarked && overfull) return;
    // A place is kept for whoever cannot use it now, as with a Secret that is not fit; check_object() asks why not.
    if (slot.state == SlotState::kEarmarked && owner != nullptr && !owner->meta.deleting) return;
    const bool blocked = !slot.id.empty() && blocked_by_others(slot);
    if (slot.state == SlotState::kDeleting && blocked) return;
    if (slot.state != SlotState::kActive && slot.state != SlotState::kRetained) throw Violation("at rest: " + text);
    const CloudCertificate* there = world_.cloud.find(slot.id);
    if (there == nullptr || !there->alive()) throw Violation("not on the platform: " + text);
    if (slot.state == SlotState::kRetained) return;
    if (owner == nullptr && blocked) return;
    if (owner == nullptr) throw Violation("nobody's: " + text);
    if (owner->suspend) return;
    const int chain = wanted(*owner);
    if (chain < 0 || chain == there->chain) return;
    if (entry(owner->meta.uid, chain) != nullptr && !blocked_by_others(*owner)) throw Violation("left over: " + text);
    // The newest, or the newest that has not expired.
    const Slot* newest = planner::held_slot(ledger_, owner->meta.uid, "");
    const int newest_chain = newest == nullptr ? -1 : chain_of_fingerprint(newest->fingerprint);
    const bool expired =
        newest_chain >= 0 && !chains()[static_cast<std::size_t>(newest_chain)].in_date(world_.clock.system_now());
    if (newest != &slot && !expired && !blocked_by_others(*owner)) {
      throw Violation("older than needed: " + text);
    }
  }

  void check_leaks() const {
    for (const CloudCertificate& there : world_.cloud.certificates()) {
      if (!there.alive() || !there.ours || there.orphaned) continue;
      if (resources::find_id(ledger_, there.id) == nullptr) {
        throw Violation("a certificate of ours is in no ledger: " + there.id.str() + ", " + chain_label(there.chain));
      }
    }
    for (const auto& [id, uid] : world_.referee.claims()) {
      const bool found = resources::find_id(ledger_, id) != nullptr || !world_.cloud.find(id)->alive();
      if (found || !has(world_.setup.features, Feature::kLostLedger)) continue;
      const Owner& owner = world_.referee.owners().of(uid);
      if (world_.referee.list_was_ever_denied() || owner.retained || owner.by_force) continue;
      if (owner.gone && !owner.deleting) continue;  // it vanished, as by a restore
      throw Violation("what an object had recorded before the ledger was lost counts as another's: " + id.str());
    }
    for (const Binding& there : world_.cloud.domains.all()) {
      if (!there.there || !there.ours || there.orphaned) continue;
      const resources::Domain* entry = resources::find_domain(instance_->status.domains, there.name);
      if (entry == nullptr || entry->id != there.id) {
        throw Violation("a domain configuration of ours is in no ledger: " + there.id.str() + ", " + there.name);
      }
    }
  }

  const World& world_;
  const bool at_rest_;
  const Instance* instance_;
  const Ledger ledger_;
};

/// What changes is looked at at once, not at the next resync: all Secrets turn bad, and soon no object is Ready.
void check_alertness(World& world) {
  std::vector<std::string> names;
  for (const auto& [name, object] : world.cluster.certificates()) {
    if (!object.suspend) names.push_back(name.name);
  }
  for (const std::string& name : names) world.user.set_secret(name, {Content::Kind::kGarbage});
  world.rest(std::chrono::seconds(1) + world.slowness());
  for (const std::string& name : names) {
    const auto object = world.cluster.certificates().find(object_name(name));
    if (object != world.cluster.certificates().end() && is_ready(object->second)) {
      throw Violation("the Secret of " + name + " has changed, and nobody looks at it");
    }
  }
}

}  // namespace

void check_others(const World& world, const std::set<std::string>& but) {
  Rest(world, /*at_rest=*/false).check_objects(but);
}

void check_rest(const World& world) {
  Rest(world).check();
}

void come_to_rest(World& world) {
  world.calm_down();
  const base::Duration passed = world.clock.system_now() - kStart;
  world.rest(std::max(kLongEnough, kDatesPass + std::chrono::hours(1) - passed));
  world.finish_runs();
  check_rest(world);
  world.story.tell([] { return std::string("---- all is at rest, and must stay so"); });
  const std::uint64_t writes = world.writes;
  const std::uint64_t adds = world.adds;
  const std::uint64_t others = world.other_calls;
  const std::uint64_t lists = world.lists;
  world.rest(kQuiet);
  world.finish_runs();
  // What the platform alone knows to be full is tried now and then.
  const bool full = world.cloud.domains.quota < static_cast<std::size_t>(world.setup.domain_quota);
  if (world.writes - writes > (full ? 30 : 0)) throw Violation("something is written though all is at rest");
  if (world.adds != adds || world.other_calls - others > (full ? 10 : 0)) {
    throw Violation("the platform is called though all is at rest");
  }
  // Each resync lists certificates and domain configurations; what is blocked is tried again each hour.
  const auto resyncs = static_cast<std::uint64_t>(kQuiet / world.timing.resync + 1);
  if (world.lists - lists > 2 * resyncs + 6) {
    throw Violation("the platform is listed again and again though all is at rest");
  }
  const Instance* instance = world.cluster.instance(kInstance);
  if (instance == nullptr || !instance->suspend) check_alertness(world);
}

}  // namespace simulation
