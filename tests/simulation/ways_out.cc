#include "ways_out.h"

#include <algorithm>
#include <string>
#include <vector>

#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using resources::ServerCertificate;
using resources::Slot;
using resources::SlotState;

/// W, and the pause after trouble that began with the change.
constexpr base::Duration kHelps = std::chrono::minutes(30);

std::string annotation(const std::string& key, const std::string& value) {
  return R"({"metadata":{"annotations":{"iotda.huaweicloud.com/)" + key + R"(":")" + value + R"("}}})";
}

class WaysOut {
 public:
  explicit WaysOut(World& world) : world_(world) {}

  void try_all() {
    const resources::Instance* instance = world_.cluster.instance(kInstance);
    if (instance == nullptr || instance->suspend || instance->meta.deleting) return;
    std::vector<kube::ObjectName> names;
    for (const auto& [name, object] : world_.cluster.certificates()) names.push_back(name);
    for (const kube::ObjectName& name : names) {
      if (const ServerCertificate* object = find(name); object != nullptr && !object->suspend) try_for(*object);
    }
    forget_what_cannot_be_removed();
  }

 private:
  const ServerCertificate* find(const kube::ObjectName& name) const {
    const auto found = world_.cluster.certificates().find(name);
    return found == world_.cluster.certificates().end() ? nullptr : &found->second;
  }

  std::string reason_of(const kube::ObjectName& name) const {
    const ServerCertificate* object = find(name);
    const meta::Condition* ready = object == nullptr ? nullptr : meta::find(object->status.conditions, meta::kReady);
    return ready == nullptr ? "" : ready->reason;
  }

  bool troubled(const kube::ObjectName& name) const {
    const auto& troubles = world_.troubles.all();
    return std::any_of(troubles.begin(), troubles.end(), [&](const ObjectTrouble& trouble) {
      return trouble.name == name || trouble.name == secret_name(name.name);
    });
  }

  /// With more certificates than slots, as after others have added some, one that goes makes no room.
  bool overfull() const {
    const resources::Ledger entries = ledger();
    std::size_t used = entries.size();
    for (const CloudCertificate& there : world_.cloud.certificates()) {
      if (there.alive() && resources::find_id(entries, there.id) == nullptr) ++used;
    }
    return used > static_cast<std::size_t>(world_.setup.quota);
  }

  void wait() {
    world_.rest(kHelps + world_.slowness());
    world_.finish_runs();
  }

  resources::Ledger ledger() const {
    const resources::Instance* instance = world_.cluster.instance(kInstance);
    return instance == nullptr ? resources::Ledger{} : instance->status.slots.value_or(resources::Ledger{});
  }

  void try_for(const ServerCertificate& object) {
    const kube::ObjectName name = object.meta.name;
    const std::string reason = reason_of(name);
    const Permissions& may = world_.cloud.permissions;
    if (troubled(name) || !may.valid || world_.credentials.state != Credentials::State::kThere) return;
    if (object.meta.deleting) {
      if (object.retain) return;
      if (reason == "UploadInDoubt") settle_doubt(object);
      if (find(name) == nullptr) return;
      world_.user.edit(name.name, R"({"spec":{"deletionPolicy":"Retain"}})");
      wait();
      if (find(name) != nullptr) throw Violation(name.name + " is not let go under Retain: " + reason_of(name));
      return;
    }
    if (reason == "UploadInDoubt") {
      settle_doubt(object);
    } else if (reason == "ManagementConflict") {
      world_.user.edit_instance(annotation("reconcile-requested-at", "way-out-" + name.name));
      wait();
      helped(name, reason);
    } else if (reason == "RotationBlocked" && may.all() && !overfull()) {
      remove_foreign_bindings();
      for (const resources::Slot& slot : ledger()) {
        if (slot.recorded_only && slot.owner_uid == object.meta.uid) {
          world_.user.edit_instance(annotation("resolve-upload", slot.attempt.str() + "=" + slot.id.str()));
        }
      }
      world_.user.edit(name.name, R"({"spec":{"rotation":{"strategy":"BreakBeforeMake"}}})");
      wait();
      helped(name, reason);
    } else if (reason == "DomainConflict" && may.all()) {
      take_over_domain(object);
    }
  }

  void helped(const kube::ObjectName& name, const std::string& reason) const {
    if (find(name) != nullptr && reason_of(name) == reason) {
      throw Violation("the way out of " + reason + " does not help " + name.name + ": " +
                      meta::find(find(name)->status.conditions, meta::kReady)->message);
    }
  }

  /// As a person finds it in the console.
  void settle_doubt(const ServerCertificate& object) {
    const kube::ObjectName name = object.meta.name;
    const resources::Ledger entries = ledger();
    for (const Slot& slot : entries) {
      if (!slot.open() || slot.owner_uid != object.meta.uid) continue;
      std::string found = "absent";
      for (const CloudCertificate& there : world_.cloud.certificates()) {
        const bool claimed = resources::find_id(entries, there.id) != nullptr;
        if (there.alive() && there.chain == chain_of_fingerprint(slot.fingerprint) && !claimed) found = there.id.str();
      }
      world_.user.edit_instance(annotation("resolve-upload", slot.attempt.str() + "=" + found));
      wait();
      const resources::Ledger after = ledger();
      const Slot* still = resources::find_attempt(after, slot.attempt);
      if (still != nullptr && still->open())
        throw Violation("resolve-upload does not settle the doubt of " + name.name);
      return;
    }
  }

  void remove_foreign_bindings() {
    const resources::DomainLedger entries = world_.cluster.instance(kInstance)->status.domains;
    for (const Binding& there : world_.cloud.domains.all()) {
      const resources::Domain* entry = resources::find_domain(entries, there.name);
      // One of an object that has no certificate may serve that of another object.
      const resources::Ledger slots = ledger();
      const resources::Slot* served = resources::find_id(slots, there.certificate_id);
      const bool of_another = entry != nullptr && served != nullptr && served->owner_uid != entry->owner_uid;
      const bool ours = entry != nullptr && entry->state == resources::DomainState::kActive;
      if (!there.there || (ours && !of_another)) continue;
      world_.story.tell([&] { return "console: removes the domain configuration of " + there.name; });
      (void)world_.cloud.domains.remove(there.id, {});
    }
  }

  /// By an object that may keep it.
  bool is_in_use(const std::string& domain) const {
    const resources::Instance* instance = world_.cluster.instance(kInstance);
    const resources::Domain* entry = resources::find_used_domain(instance->status.domains, domain);
    return entry != nullptr && entry->state != resources::DomainState::kRetained;
  }

  void take_over_domain(const ServerCertificate& object) {
    if (!object.domain || is_in_use(object.domain->name)) return;
    world_.user.edit_instance(R"({"spec":{"domains":[{"name":")" + object.domain->name + R"(","namespaces":[")" +
                              object.meta.name.ns + R"("],"adopt":true}]}})");
    world_.user.wish(object.meta.name.name, object.domain->name, /*adopt=*/true);
    wait();
    if (!is_in_use(object.domain->name)) helped(object.meta.name, "DomainConflict");
  }

  /// Where the credentials may not delete, a person does it, and says so.
  void forget_what_cannot_be_removed() {
    const Permissions& may = world_.cloud.permissions;
    if (may.remove || !may.valid || world_.credentials.state != Credentials::State::kThere) return;
    for (const Slot& slot : ledger()) {
      if (slot.state != SlotState::kDeleting) continue;
      CloudCertificate* there = world_.cloud.find(slot.id);
      if (there != nullptr && there->alive()) world_.cloud.remove(*there, {}, /*by_others=*/true);
      world_.story.tell([&] { return "console: removes " + slot.id.str(); });
      world_.user.edit_instance(annotation("forget-slot", slot.attempt.str()));
      wait();
      const resources::Ledger after = ledger();
      const Slot* still = resources::find_attempt(after, slot.attempt);
      if (still != nullptr && still->state == SlotState::kDeleting) {
        throw Violation("forget-slot does not drop the entry of " + slot.owner.name);
      }
    }
  }

  World& world_;
};

}  // namespace

void try_ways_out(World& world) {
  WaysOut(world).try_all();
}

}  // namespace simulation
