#include "controller/list_domains.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/reports.h"

namespace controller {
namespace {

/// Domain configurations that another party has changed since the last list.
void note_repointed(Round& r, const DomainInventory& now) {
  for (const Domain& entry : r.o.instance->status.domains) {
    const iotda::DomainConfiguration* before = r.memory.domains ? r.memory.domains->find(entry.name) : nullptr;
    const iotda::DomainConfiguration* there = now.find(entry.name);
    if (entry.state != DomainState::kActive || before == nullptr || there == nullptr) continue;
    const CertificateId& id = before->server_certificate_id;
    const auto bound = r.memory.bound.find(id);
    const bool lags = bound != r.memory.bound.end() && now.began < bound->second + r.o.timing.settling;
    if (lags || there->server_certificate_id == id) continue;
    note_drift(r, now.began, r.certificate(entry.owner_uid),
               "domain " + entry.name + " was changed from certificate " + id.str() + " to " +
                   there->server_certificate_id.str() + " by another party");
  }
}

/// A certificate that was served may now be deletable, so its deletion is tried again.
void note_unbound(Round& r, const DomainInventory& now) {
  if (!r.memory.domains || !r.o.instance->status.slots) return;
  for (const iotda::DomainConfiguration& before : r.memory.domains->configurations) {
    const iotda::DomainConfiguration* there = now.find(before.domain_name);
    if (there != nullptr && there->server_certificate_id == before.server_certificate_id) continue;
    const Slot* served = find_id(*r.o.instance->status.slots, before.server_certificate_id);
    if (served != nullptr) r.memory.delete_troubles.erase(served->attempt);
  }
}

}  // namespace

bool list_domains(Round& r) {
  DomainInventory inventory;
  inventory.began = r.clock.boot_now();
  auto listed = r.access.platform->list_domain_configurations(r.stop);
  if (listed.ok()) {
    inventory.configurations = std::move(*listed);
    for (iotda::DomainConfiguration& there : inventory.configurations) {
      there.domain_name = base::host_key(there.domain_name);
    }
    note_repointed(r, inventory);
    note_unbound(r, inventory);
    for (auto& [name, doubt] : r.memory.domain_doubts) {
      if (inventory.began >= doubt.first_seen && inventory.find(name) == nullptr) ++doubt.misses;
    }
    r.memory.domains_problem.reset();
    inventory.ended = r.clock.boot_now();
    drop_removed(r, inventory);
    r.memory.domains = std::move(inventory);
    return true;
  }
  const iotda::Error& error = listed.error();
  if (error.code == iotda::Error::Code::kNotFound) {
    r.memory.domains_problem =
        Problem{Reason::kBindingRejected, "the platform instance does not support domain configurations"};
  } else if (lacks_permission(error)) {
    r.memory.domains_problem = Problem{Reason::kPermissionDenied, error.message};
  } else {
    shut_gate(r, error);
    return false;
  }
  r.memory.domains.reset();
  return true;
}

void drop_removed(const Round& r, DomainInventory& inventory) {
  std::erase_if(inventory.configurations,
                [&](const auto& there) { return r.memory.domain_tombstones.contains(there.id); });
}

}  // namespace controller
