#include <algorithm>

#include "base/time_format.h"
#include "operator/assessment.h"
#include "operator/executor.h"
#include "operator/refusals.h"

namespace controller {
namespace {

constexpr base::Duration kBindingRetry = std::chrono::hours(1);

}  // namespace

/// False: the list failed for a reason that stops the inventory as a whole.
bool Executor::list_domains() {
  DomainInventory inventory{ports_.clock.boot_now(), {}};
  auto listed = access_.platform->list_domain_configurations(stop_);
  if (listed.ok()) {
    inventory.configurations = std::move(*listed);
    for (iotda::DomainConfiguration& there : inventory.configurations) {
      there.domain_name = domain_key(there.domain_name);
    }
    note_repointed(inventory);
    memory_.domains_problem.reset();
    memory_.domains = std::move(inventory);
    return true;
  }
  const iotda::Error& error = listed.error();
  if (error.code == iotda::Error::Code::kNotFound) {
    memory_.domains_problem = Problem{"BindingRejected", "the platform instance knows no domain configurations"};
  } else if (lacks_permission(error)) {
    memory_.domains_problem = Problem{"PermissionDenied", error.message};
  } else {
    shut_gate(error);
    return false;
  }
  memory_.domains.reset();
  return true;
}

/// Somebody has pointed a configuration of ours at something else since we last looked.
void Executor::note_repointed(const DomainInventory& now) {
  for (const Domain& entry : o_.instance->status.domains) {
    const iotda::DomainConfiguration* before = memory_.domains ? memory_.domains->find(entry.name) : nullptr;
    const iotda::DomainConfiguration* there = now.find(entry.name);
    if (entry.state != DomainState::kActive || before == nullptr || there == nullptr) continue;
    const std::string& id = before->server_certificate_id;
    const auto bound = memory_.bound.find(id);
    const bool lags = bound != memory_.bound.end() && now.began < bound->second + o_.timing.settling;
    if (lags || there->server_certificate_id == id) continue;
    memory_.undoings.push_back(now.began);
    if (const ServerCertificate* object = certificate(entry.owner_uid)) {
      publish(*object, true, "DriftDetected", "Reconcile",
              "domain " + entry.name + " was pointed from " + id + " to " + there->server_certificate_id +
                  " by somebody else");
    }
  }
}

Step Executor::operator()(const Serve& action) {
  const Slot& entry = *slot(action.attempt);
  // A binding must not name what another leader has removed: the ledger, the object and its Secret are read live.
  if (reload_instance() == Step::kFailed) return Step::kFailed;
  const auto snapshot = ports_.store.snapshot(o_.instance_name);
  const Slot* live = snapshot.instance && snapshot.instance->status.slots
                         ? find_attempt(*snapshot.instance->status.slots, action.attempt)
                         : nullptr;
  if (live == nullptr || !live->held() || live->id != entry.id) return Step::kDone;
  switch (still_wants(action.uid, entry.fingerprint)) {
    case Verdict::kUnknown:
      return Step::kFailed;
    case Verdict::kKeep:
      return Step::kDone;
    case Verdict::kRelease:
      break;
  }
  const ServerCertificate& object = *certificate(action.uid);
  iotda::DomainConfiguration wanted{action.configuration_id, object.domain->name, entry.id, object.domain->ocsp};
  bool sent = false;
  const auto guard = [&] {
    sent = ports_.leadership.leading() && ports_.clock.boot_now() < o_.boot_now + o_.timing.send_window;
    if (sent) memory_.bound[entry.id] = ports_.clock.boot_now();
    return sent;
  };
  base::Result<void, iotda::Error> served;
  if (action.configuration_id.empty()) {
    auto made = access_.platform->create_domain_configuration(wanted, guard, stop_);
    if (made.ok()) {
      wanted.id = std::move(*made);
    } else {
      served = base::Err(made.error());
    }
  } else {
    served = access_.platform->update_domain_configuration(wanted, guard, stop_);
  }
  if (!served.ok()) {
    binding_failed(object, served.error(), sent);
    return Step::kDone;
  }
  open_gate();
  memory_.rejections.erase(action.uid);
  publish(object, false, "Bound", "Bind", "domain " + wanted.domain_name + " serves " + entry.id + " now");
  if (const iotda::DomainConfiguration* before = memory_.domains->find(wanted.domain_name)) {
    // That it was served may be all that kept this one from being removed.
    const Slot* former = find_id(*o_.instance->status.slots, before->server_certificate_id);
    if (former != nullptr) memory_.delete_troubles.erase(former->attempt);
  }
  auto& configurations = memory_.domains->configurations;
  std::erase_if(configurations, [&](const auto& c) { return c.domain_name == wanted.domain_name; });
  configurations.push_back(std::move(wanted));
  return Step::kDone;
}

void Executor::binding_failed(const ServerCertificate& object, const iotda::Error& error, bool sent) {
  using Code = iotda::Error::Code;
  if (error.code == Code::kQuota) {
    refused(object, error, "QuotaExceeded", o_.timing.resync);
  } else if (error.code == Code::kRejected) {
    refused(object, error, "BindingRejected", kBindingRetry);
  } else if (lacks_permission(error)) {
    refused(object, error, "PermissionDenied", o_.timing.resync);
  } else if (error.code != Code::kNotFound && (sent || error.code != Code::kNotSent)) {
    shut_gate(error);
  }
  memory_.domains.reset();  // what is there now is looked at anew
}

Step Executor::operator()(const RemoveDomain& action) {
  const Domain& entry = *find_domain(o_.instance->status.domains, action.name);
  auto live = ports_.api.get(kServerCertificates, entry.owner, stop_);
  if (!live.ok() && live.error().code != kube::Error::Code::kNotFound) {
    return failed("read a ServerCertificate before its domain configuration is removed", live.error());
  }
  if (live.ok()) {
    ServerCertificate object = parse_server_certificate(live->root());
    const bool same = object.meta.uid == entry.owner_uid;
    const bool wished = !object.meta.deleting && object.domain && object.domain->name == entry.name;
    if (!same || wished || object.suspend || (object.meta.deleting && object.retain)) {
      ports_.store.watched(std::move(object));
      return Step::kDone;
    }
  }
  auto removed = access_.platform->remove_domain_configuration(
      entry.id, [&] { return ports_.leadership.leading(); }, stop_);
  if (!removed.ok() && removed.error().code != iotda::Error::Code::kNotFound) {
    const iotda::Error& error = removed.error();
    if (error.code == iotda::Error::Code::kRejected || lacks_permission(error)) {
      trouble(entry.name, with_request_id(error.message, error.request_id));
    } else {
      shut_gate(error);
      memory_.domains.reset();
    }
    return Step::kDone;
  }
  open_gate();
  memory_.delete_troubles.erase(entry.name);
  std::erase_if(memory_.domains->configurations, [&](const auto& c) { return c.domain_name == entry.name; });
  DomainLedger domains = o_.instance->status.domains;
  std::erase_if(domains, [&](const Domain& d) { return d.name == action.name; });
  return write_instance(instance_status(o_, *o_.instance->status.slots, domains));
}

}  // namespace controller
