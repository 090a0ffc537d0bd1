#include "truth.h"

#include <algorithm>
#include <string>

#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using resources::ServerCertificate;
using resources::Slot;

class Truth {
 public:
  Truth(const World& world, const ServerCertificate& object)
      : world_(world), object_(object), instance_(*world.cluster.instance(kInstance)) {
    const Permissions& may = world.cloud.permissions;
    sees_ = may.sees() && world.credentials.state == Credentials::State::kThere;
    sees_domains_ = sees_ && may.domains;
  }

  void check() const {
    const std::string& name = object_.meta.name.name;
    const std::string domain = object_.domain ? object_.domain->name : "";
    const int wanted = world_.user.content(name).usable(world_.clock.system_now(), domain);
    const meta::Condition* ready = meta::find(object_.status.conditions, meta::kReady);
    const meta::Condition* available = meta::find(object_.status.conditions, resources::kAvailable);
    if (ready == nullptr || available == nullptr) throw Violation(name + " has no conditions");
    const auto says = [&](const meta::Condition& c) { return c.type + ": " + c.reason + ": " + c.message; };

    if (ready->status) {
      if (wanted < 0) throw Violation(name + " is Ready, but its Secret is not fit: " + says(*ready));
      if (!holds(wanted)) throw Violation(name + " is Ready, but does not hold its certificate: " + says(*ready));
      if (!domain.empty() && sees_domains_ && !serves(wanted)) {
        throw Violation(name + " is Ready, but " + domain + " serves something else: " + says(*ready));
      }
    }
    const bool held = holds(-1);
    const bool served = domain.empty() || !sees_domains_ || serves(-1);
    // Without a list nobody may ever have learned its dates.
    const bool dated = sees_ || !object_.status.expiry_date.empty();
    if (available->status && dated && !(held && served)) {
      throw Violation(name + " is Available, but what devices get is not its certificate: " + says(*available));
    }
    const resources::Domain* entry = resources::find_used_domain(instance_.status.domains, domain);
    const bool ours = entry != nullptr && entry->owner_uid == object_.meta.uid;
    if (!available->status && held && sees_ && (domain.empty() || (ours && sees_domains_ && serves(-1)))) {
      throw Violation(name + " is not Available, but devices get its certificate: " + says(*available));
    }
  }

 private:
  bool is_good(const CloudCertificate* there, int chain) const {
    if (there == nullptr || (sees_ && !there->alive())) return false;
    const Chain& material = chains()[static_cast<std::size_t>(there->chain)];
    return material.in_date(world_.clock.system_now()) && (chain < 0 || there->chain == chain);
  }

  /// A certificate of that chain, or any.
  bool holds(int chain) const {
    const resources::Ledger ledger = instance_.status.slots.value_or(resources::Ledger{});
    return std::any_of(ledger.begin(), ledger.end(), [&](const Slot& slot) {
      return slot.held() && slot.owner_uid == object_.meta.uid && is_good(world_.cloud.find(slot.id), chain);
    });
  }

  bool serves(int chain) const {
    const Binding* binding = world_.cloud.domains.named(object_.domain->name);
    if (binding == nullptr || !is_good(world_.cloud.find(binding->certificate_id), chain)) return false;
    const resources::Ledger ledger = instance_.status.slots.value_or(resources::Ledger{});
    const Slot* slot = resources::find_id(ledger, binding->certificate_id);
    // Nobody's copy of a chain that the object holds serves as well.
    return slot != nullptr ? slot->owner_uid == object_.meta.uid
                           : holds(world_.cloud.find(binding->certificate_id)->chain);
  }

  const World& world_;
  const ServerCertificate& object_;
  const resources::Instance& instance_;
  bool sees_ = false;
  bool sees_domains_ = false;
};

/// Its status cannot be written, or nobody looks at it.
bool is_left_alone(const World& world, const ServerCertificate& object) {
  const auto& troubles = world.troubles.all();
  const bool unwritable = std::any_of(troubles.begin(), troubles.end(), [&](const ObjectTrouble& trouble) {
    return trouble.name == object.meta.name && trouble.call == ObjectTrouble::Call::kStatus;
  });
  return unwritable || object.suspend || object.meta.deleting;
}

}  // namespace

void check_truth(const World& world) {
  const resources::Instance* instance = world.cluster.instance(kInstance);
  if (instance == nullptr || instance->suspend || world.second_writer) return;
  for (const auto& [name, object] : world.cluster.certificates()) {
    if (!is_left_alone(world, object)) Truth(world, object).check();
  }
}

}  // namespace simulation
