#include "controller/serve_domain.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/backoff.h"
#include "controller/confirmations.h"
#include "controller/list_domains.h"
#include "controller/live_reads.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/reports.h"

namespace controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Backoff::Policy kBindingPause{hours(1), hours(1)};
constexpr base::Backoff::Policy kPermissionPause{minutes(10), hours(1)};

/// In the ledger that was read last, the certificate is held, and it and the domain are the object's.
bool may_serve(const Round& r, const ServerCertificate& object, const Slot& entry,
               const ConfigurationId& configuration) {
  const auto instance = r.store.snapshot(r.o.instance_name).instance;
  if (!instance || !instance->status.slots) return false;
  const Slot* slot = find_attempt(*instance->status.slots, entry.attempt);
  const Domain* domain = find_domain(instance->status.domains, object.domain->name);
  if (slot == nullptr || !slot->held() || slot->id != entry.id || slot->owner_uid != object.meta.uid) return false;
  const DomainState state = configuration.empty() ? DomainState::kReserved : DomainState::kActive;
  return domain != nullptr && domain->state == state && domain->id == configuration &&
         domain->owner_uid == object.meta.uid;
}

void binding_failed(Round& r, const ServerCertificate& object, const iotda::DomainConfiguration& wanted,
                    const iotda::Error& error) {
  using Code = iotda::Error::Code;
  const bool creating = wanted.id.empty();
  // Listed again before the next attempt. Until then the last list is all that is known.
  if (r.memory.domains) r.memory.domains->outdated = true;
  if (error.code == Code::kHeldBack) return;
  const bool open = error.code == Code::kUnknown || error.code == Code::kCancelled;
  if (creating && open) r.memory.domain_doubts[wanted.domain_name] = {r.clock.boot_now(), 0};
  if (creating && !open) {
    r.memory.domain_rights.erase(wanted.domain_name);
    r.memory.domains_refused.insert(wanted.domain_name);
  }
  if (error.code == Code::kQuota) {
    refused(r, Refused::kBinding, object, error, Reason::kQuotaExceeded, kPermissionPause,
            wanted.server_certificate_id);
  } else if (error.code == Code::kRejected || (creating && error.code == Code::kNotFound)) {
    refused(r, Refused::kBinding, object, error, Reason::kBindingRejected, kBindingPause, wanted.server_certificate_id);
  } else if (lacks_permission(error)) {
    refused(r, Refused::kBinding, object, error, Reason::kPermissionDenied, kPermissionPause,
            wanted.server_certificate_id);
  } else if (error.code == Code::kNotFound) {
    r.memory.domains_gone.insert(wanted.domain_name);
    r.memory.domain_tombstones[wanted.id] = r.clock.boot_now();
    if (r.memory.domains) drop_removed(r, *r.memory.domains);
    note_drift(
        r, r.clock.boot_now(), &object,
        "domain configuration " + wanted.id.str() + " (" + wanted.domain_name + ") was deleted by another party");
  } else {
    shut_gate(r, error);
  }
}

}  // namespace

Step serve_domain(Round& r, const Serve& action) {
  const Slot entry = *r.slot(action.attempt);
  const auto chain = action.wanted ? std::optional(entry.fingerprint) : std::nullopt;
  if (const Objection objection = confirm_owner(r, action.uid, chain)) return *objection;
  // A domain configuration must not refer to a certificate that another leader has deleted. Therefore the ledger is
  // read last, and the time to send runs from before that read.
  const base::BootTime began = r.clock.boot_now();
  if (reload_instance(r) == Step::kFailed) return Step::kFailed;
  const ServerCertificate& object = *r.certificate(action.uid);
  if (!may_serve(r, object, entry, action.configuration_id)) return Step::kDone;
  iotda::DomainConfiguration wanted{action.configuration_id, object.domain->name, entry.id, object.domain->ocsp};
  const bool creating = wanted.id.empty();
  const auto right = r.memory.domain_rights.find(wanted.domain_name);
  base::BootTime until = began + r.o.timing.send_window;
  if (creating) {
    if (right == r.memory.domain_rights.end()) return Step::kDone;
    until = std::min(until, right->second);
  }
  const auto guard = [&] {
    if (!r.leadership.leading() || r.clock.boot_now() >= until) return false;
    r.memory.bound[entry.id] = r.clock.boot_now();
    if (creating) r.memory.domain_rights.erase(wanted.domain_name);
    return true;
  };
  base::Result<void, iotda::Error> served;
  if (creating) {
    auto made = r.access.platform->create_domain_configuration(wanted, guard, r.stop);
    if (made.ok()) {
      wanted.id = *made;
      r.memory.domains_made[wanted.domain_name] = std::move(*made);
    } else {
      served = base::Err(made.error());
    }
  } else {
    served = r.access.platform->update_domain_configuration(wanted, guard, r.stop);
  }
  if (!served.ok()) {
    binding_failed(r, object, wanted, served.error());
    return Step::kDone;
  }
  open_gate(r);
  r.memory.binding_rejections.erase(action.uid);
  publish(r, object, false, "Bound", "Bind", "domain " + wanted.domain_name + " now serves " + entry.id.str());
  if (!r.memory.domains) return Step::kDone;
  if (const iotda::DomainConfiguration* before = r.memory.domains->find(wanted.domain_name)) {
    // The certificate that it served until now may be deletable, so its deletion is tried again.
    const Slot* former = find_id(*r.o.instance->status.slots, before->server_certificate_id);
    if (former != nullptr) r.memory.delete_troubles.erase(former->attempt);
  }
  auto& configurations = r.memory.domains->configurations;
  std::erase_if(configurations, [&](const auto& c) { return c.domain_name == wanted.domain_name; });
  configurations.push_back(std::move(wanted));
  return Step::kDone;
}

}  // namespace controller
