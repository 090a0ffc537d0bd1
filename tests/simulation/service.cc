#include "service.h"

#include <algorithm>

#include "material.h"
#include "violation.h"
#include "world.h"

namespace simulation {

meta::Uid Service::serving(const std::string& domain) const {
  const Binding* binding = world_.cloud.domains.named(domain);
  if (binding == nullptr) return {};
  const CloudCertificate* there = world_.cloud.find(binding->certificate_id);
  if (there == nullptr || !there->alive() || there->orphaned) return {};
  if (!chains()[static_cast<std::size_t>(there->chain)].in_date(world_.clock.system_now())) return {};
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  if (instance == nullptr || !instance->status.slots) return {};
  const resources::Slot* slot = resources::find_id(*instance->status.slots, there->id);
  return slot == nullptr || slot->state == resources::SlotState::kRetained ? meta::Uid() : slot->owner_uid;
}

meta::Uid Service::wishing(const std::string& domain, const meta::Uid& owner_uid) const {
  meta::Uid other;
  for (const auto& [name, object] : world_.cluster.certificates()) {
    if (object.meta.deleting || !object.domain || object.domain->name != domain) continue;
    if (object.meta.uid == owner_uid) return owner_uid;
    other = object.meta.uid;
  }
  return other;
}

/// The domain is the object's, or can be.
bool Service::may_have(const std::string& domain, const meta::Uid& owner_uid) const {
  const resources::Instance* instance = world_.cluster.instance(kInstance);
  const resources::ServerCertificate* object = world_.cluster.certificate_with_uid(owner_uid);
  return instance != nullptr && object != nullptr &&
         resources::may_claim(instance->domain_rules, instance->status.domains, domain, object->meta.name.ns);
}

Service::Served Service::served() const {
  Served served;
  for (const Binding& binding : world_.cloud.domains.all()) {
    if (!binding.there || !binding.ours || binding.orphaned) continue;
    const meta::Uid owner = serving(binding.name);
    if (owner.empty() || wishing(binding.name, owner) != owner) continue;
    if (!world_.referee.owners().has_settled(owner) || !may_have(binding.name, owner)) continue;
    // What others have pointed at the certificate of an object that does not have the domain is drift.
    const resources::Instance* instance = world_.cluster.instance(kInstance);
    const resources::Domain* entry = resources::find_used_domain(instance->status.domains, binding.name);
    if (entry == nullptr || entry->owner_uid != owner) continue;
    served[binding.name] = owner;
  }
  return served;
}

void Service::judge(const Served& before) const {
  for (const auto& [domain, owner] : before) {
    const meta::Uid now = serving(domain);
    if (!now.empty() && wishing(domain, now) == now) continue;
    // An update or a delete that was lost may land when the certificate, or the domain, has gone over to another
    // object; what is sent is judged when it is sent, and this is put right like drift.
    if (!now.empty() && has(world_.setup.features, Feature::kDomainFaults)) continue;
    const std::vector<Binding>& all = world_.cloud.domains.all();
    const bool removed_late = std::any_of(all.begin(), all.end(), [&, &named = domain](const Binding& binding) {
      return binding.name == named && binding.removed_late && binding.since == world_.clock.boot_now();
    });
    if (removed_late) continue;
    if (world_.referee.owners().may_break(owner)) continue;
    const resources::ServerCertificate* object = world_.cluster.certificate_with_uid(owner);
    const std::string name = object != nullptr ? object->meta.name.name : owner.str();
    throw Violation("domain " + domain + " served a valid certificate of " + name + ", and now serves none");
  }
}

}  // namespace simulation
