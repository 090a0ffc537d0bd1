#include "controller/remove_domain.h"

#include <algorithm>
#include <utility>

#include "controller/confirmations.h"
#include "controller/list_domains.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/write_status.h"
#include "planner/instance_status.h"

namespace controller {
namespace {

Step write_domains(Round& r, const DomainLedger& domains) {
  return write_instance_status(r, instance_status(r.o, r.o.instance->status.slots.value_or(Ledger{}), domains));
}

/// If the certificate that it served before is gone, the configuration stays as it is: to remove it is not the
/// operator's decision.
Step give_back(Round& r, const Domain& entry, const DomainLedger& after, const iotda::SendGuard& guard) {
  const iotda::DomainConfiguration* there = r.o.domains ? r.o.domains->find(entry.name) : nullptr;
  // A list may lag, so the update is sent even if it shows that the configuration serves that certificate.
  const bool ours = there != nullptr && there->id == entry.id &&
                    (there->server_certificate_id == entry.former_certificate ||
                     find_id(r.o.instance->status.slots.value_or(Ledger{}), there->server_certificate_id) != nullptr);
  if (!ours || !iotda::is_usable_id(entry.former_certificate.view())) return write_domains(r, after);
  iotda::DomainConfiguration back = *there;
  back.server_certificate_id = entry.former_certificate;
  const auto served = r.access.platform->update_domain_configuration(back, guard, r.stop);
  if (r.memory.domains) r.memory.domains->outdated = true;
  if (!served.ok()) {
    const iotda::Error& error = served.error();
    using Code = iotda::Error::Code;
    if (lacks_permission(error)) {
      removal_failed(r, entry.name, with_request_id(error.message, error.request_id));
      return Step::kDone;
    }
    if (error.code == Code::kHeldBack) return Step::kDone;
    if (error.code != Code::kRejected && error.code != Code::kNotFound) {
      shut_gate(r, error);
      return Step::kDone;
    }
  }
  open_gate(r);
  r.memory.domain_troubles.erase(entry.name);
  if (served.ok() && r.memory.domains) {
    for (iotda::DomainConfiguration& known : r.memory.domains->configurations) {
      if (known.id == entry.id) known.server_certificate_id = back.server_certificate_id;
    }
  }
  return write_domains(r, after);
}

}  // namespace

Step remove_domain(Round& r, const RemoveDomain& action) {
  const Domain entry = *find_domain(r.o.instance->status.domains, action.name);
  if (const Objection objection = confirm_unwished(r, entry)) return *objection;
  const auto guard = [&r, checked = r.clock.boot_now()] { return r.may_send(checked); };
  if (entry.adopted) return give_back(r, entry, action.domains, guard);
  auto removed = r.access.platform->remove_domain_configuration(entry.id, guard, r.stop);
  if (!removed.ok() && removed.error().code != iotda::Error::Code::kNotFound) {
    const iotda::Error& error = removed.error();
    if (r.memory.domains) r.memory.domains->outdated = true;
    if (error.code == iotda::Error::Code::kRejected || lacks_permission(error)) {
      removal_failed(r, entry.name, with_request_id(error.message, error.request_id));
    } else if (error.code != iotda::Error::Code::kHeldBack) {
      shut_gate(r, error);
    }
    return Step::kDone;
  }
  open_gate(r);
  r.memory.domain_tombstones[entry.id] = r.clock.boot_now();
  r.memory.domain_troubles.erase(entry.name);
  if (action.to_break) {
    r.memory.delete_troubles.clear();
    r.memory.domain_troubles.clear();
  }
  // There is room for another configuration now.
  std::erase_if(r.memory.binding_rejections, [](const auto& of) { return of.second.about_quota(); });
  if (r.memory.domains) drop_removed(r, *r.memory.domains);
  return write_domains(r, action.domains);
}

}  // namespace controller
