#include <algorithm>

#include "base/text.h"
#include "base/time_format.h"
#include "controller/executor.h"
#include "controller/refusals.h"
#include "planner/assessment.h"

namespace controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Backoff::Policy kBindingPause{hours(1), hours(1)};
constexpr base::Backoff::Policy kPermissionPause{minutes(10), hours(1)};

}  // namespace

/// False: the list failed for a reason that stops the inventory as a whole.
bool Executor::list_domains() {
  DomainInventory inventory;
  inventory.began = ports_.clock.boot_now();
  auto listed = access_.platform->list_domain_configurations(stop_);
  if (listed.ok()) {
    inventory.configurations = std::move(*listed);
    for (iotda::DomainConfiguration& there : inventory.configurations) {
      there.domain_name = base::host_key(there.domain_name);
    }
    note_repointed(inventory);
    note_unbound(inventory);
    for (auto& [name, doubt] : memory_.domain_doubts) {
      if (inventory.began >= doubt.first_seen && inventory.find(name) == nullptr) ++doubt.misses;
    }
    memory_.domains_problem.reset();
    inventory.ended = ports_.clock.boot_now();
    drop_removed(inventory);
    memory_.domains = std::move(inventory);
    return true;
  }
  const iotda::Error& error = listed.error();
  if (error.code == iotda::Error::Code::kNotFound) {
    memory_.domains_problem =
        Problem{Reason::kBindingRejected, "the platform instance does not support domain configurations"};
  } else if (lacks_permission(error)) {
    memory_.domains_problem = Problem{Reason::kPermissionDenied, error.message};
  } else {
    shut_gate(error);
    return false;
  }
  memory_.domains.reset();
  return true;
}

/// What was removed is not there any more, whatever a list that lags shows.
void Executor::drop_removed(DomainInventory& inventory) const {
  std::erase_if(inventory.configurations, [&](const auto& there) { return memory_.tombstones.contains(there.id); });
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
    note_undoing(now.began);
    if (const ServerCertificate* object = certificate(entry.owner_uid)) {
      publish(*object, true, "DriftDetected", "Reconcile",
              "domain " + entry.name + " was changed from certificate " + id + " to " + there->server_certificate_id +
                  " by another party");
    }
  }
}

/// That it was served may be all that kept a certificate from being removed.
void Executor::note_unbound(const DomainInventory& now) {
  if (!memory_.domains || !o_.instance->status.slots) return;
  for (const iotda::DomainConfiguration& before : memory_.domains->configurations) {
    const iotda::DomainConfiguration* there = now.find(before.domain_name);
    if (there != nullptr && there->server_certificate_id == before.server_certificate_id) continue;
    const Slot* served = find_id(*o_.instance->status.slots, before.server_certificate_id);
    if (served != nullptr) memory_.delete_troubles.erase(served->attempt);
  }
}

/// kRelease: as the API server has it now, the owner does not wish the domain any more. Devices of one object must not
/// get the certificate of another because a watch lags.
Executor::Verdict Executor::gives_up(const Domain& entry) {
  auto live = ports_.api.get(kServerCertificates, entry.owner, stop_);
  if (!live.ok()) {
    const bool gone = live.error().code == kube::Error::Code::kNotFound;
    return gone ? Verdict::kRelease : unknown(entry.owner, entry.owner_uid, live.error());
  }
  ServerCertificate object = parse_server_certificate(live->root());
  const bool same = object.meta.uid == entry.owner_uid && !object.meta.deleting;
  if (!same || !object.domain || object.domain->name != entry.name) return Verdict::kRelease;
  ports_.store.watched(std::move(object));
  return Verdict::kKeep;
}

/// As the ledger was read last: the certificate is held, and it and the domain are the object's.
bool Executor::may_serve(const ServerCertificate& object, const Slot& entry, const std::string& configuration) const {
  const auto instance = ports_.store.snapshot(o_.instance_name).instance;
  if (!instance || !instance->status.slots) return false;
  const Slot* slot = find_attempt(*instance->status.slots, entry.attempt);
  const Domain* domain = find_domain(instance->status.domains, object.domain->name);
  if (slot == nullptr || !slot->held() || slot->id != entry.id || slot->owner_uid != object.meta.uid) return false;
  const DomainState state = configuration.empty() ? DomainState::kReserved : DomainState::kActive;
  return domain != nullptr && domain->state == state && domain->id == configuration &&
         domain->owner_uid == object.meta.uid;
}

Step Executor::operator()(const Serve& action) {
  const Slot entry = *slot(action.attempt);
  switch (action.wanted ? still_wants(action.uid, entry.fingerprint) : still_there(action.uid)) {
    case Verdict::kUnknown:
      return Step::kFailed;
    case Verdict::kKeep:
      return Step::kDone;
    case Verdict::kRelease:
      break;
  }
  // A binding must not name what another leader has removed. So this is the last that is read, and the time in which it
  // stands counts from before.
  const base::BootTime began = ports_.clock.boot_now();
  if (reload_instance() == Step::kFailed) return Step::kFailed;
  const ServerCertificate& object = *certificate(action.uid);
  if (!may_serve(object, entry, action.configuration_id)) return Step::kDone;
  iotda::DomainConfiguration wanted{action.configuration_id, object.domain->name, entry.id, object.domain->ocsp};
  const bool creating = wanted.id.empty();
  const auto right = memory_.domain_rights.find(wanted.domain_name);
  base::BootTime until = began + o_.timing.send_window;
  if (creating) {
    if (right == memory_.domain_rights.end()) return Step::kDone;
    until = std::min(until, right->second);
  }
  bool sent = false;
  const auto guard = [&] {
    sent = ports_.leadership.leading() && ports_.clock.boot_now() < until;
    if (sent) memory_.bound[entry.id] = ports_.clock.boot_now();
    if (sent && creating) memory_.domain_rights.erase(wanted.domain_name);
    return sent;
  };
  base::Result<void, iotda::Error> served;
  if (creating) {
    auto made = access_.platform->create_domain_configuration(wanted, guard, stop_);
    if (made.ok()) {
      wanted.id = *made;
      memory_.domains_made[wanted.domain_name] = std::move(*made);
    } else {
      served = base::Err(made.error());
    }
  } else {
    served = access_.platform->update_domain_configuration(wanted, guard, stop_);
  }
  if (!served.ok()) {
    binding_failed(object, wanted, served.error(), sent);
    return Step::kDone;
  }
  open_gate();
  memory_.binding_rejections.erase(action.uid);
  publish(object, false, "Bound", "Bind", "domain " + wanted.domain_name + " now serves " + entry.id);
  if (!memory_.domains) return Step::kDone;
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

void Executor::binding_failed(const ServerCertificate& object, const iotda::DomainConfiguration& wanted,
                              const iotda::Error& error, bool sent) {
  using Code = iotda::Error::Code;
  const bool creating = wanted.id.empty();
  // What is there now is looked at anew before the next try; until then what was seen last is all that is known.
  if (memory_.domains) memory_.domains->outdated = true;
  if (!sent) return;
  const bool open = error.code == Code::kUnknown || error.code == Code::kCancelled;
  if (creating && open) memory_.domain_doubts[wanted.domain_name] = {ports_.clock.boot_now(), 0};
  if (creating && !open) memory_.domains_refused.insert(wanted.domain_name);
  if (error.code == Code::kQuota) {
    refused(Refused::kBinding, object, error, Reason::kQuotaExceeded, kPermissionPause, wanted.server_certificate_id);
  } else if (error.code == Code::kRejected || (creating && error.code == Code::kNotFound)) {
    refused(Refused::kBinding, object, error, Reason::kBindingRejected, kBindingPause, wanted.server_certificate_id);
  } else if (lacks_permission(error)) {
    refused(Refused::kBinding, object, error, Reason::kPermissionDenied, kPermissionPause,
            wanted.server_certificate_id);
  } else if (error.code == Code::kNotFound) {
    memory_.domains_gone.insert(wanted.domain_name);
    memory_.tombstones[wanted.id] = ports_.clock.boot_now();
    if (memory_.domains) drop_removed(*memory_.domains);
    note_undoing(ports_.clock.boot_now());
    publish(object, true, "DriftDetected", "Reconcile",
            "domain configuration " + wanted.id + " (" + wanted.domain_name + ") was deleted by another party");
  } else {
    shut_gate(error);
  }
}

Step Executor::operator()(const RemoveDomain& action) {
  const Domain entry = *find_domain(o_.instance->status.domains, action.name);
  auto live = ports_.api.get(kServerCertificates, entry.owner, stop_);
  if (!live.ok() && live.error().code != kube::Error::Code::kNotFound) {
    return owner_failed(entry.owner, entry.owner_uid, live.error());
  }
  if (live.ok()) {
    ServerCertificate object = parse_server_certificate(live->root());
    const bool wished = !object.meta.deleting && object.domain && object.domain->name == entry.name;
    const bool same = object.meta.uid == entry.owner_uid;
    // What the plan knows of it, it has decided on.
    const ServerCertificate* seen = certificate(object.meta.uid);
    const bool news = seen == nullptr || seen->meta.generation != object.meta.generation ||
                      seen->meta.deleting != object.meta.deleting;
    if ((wished && news) || (same && (object.suspend || (object.meta.deleting && object.retain)))) {
      ports_.store.watched(std::move(object));
      return Step::kDone;
    }
  }
  if (entry.adopted) return give_back(entry, action.domains);
  auto removed = access_.platform->remove_domain_configuration(
      entry.id, [&] { return ports_.leadership.leading(); }, stop_);
  if (!removed.ok() && removed.error().code != iotda::Error::Code::kNotFound) {
    const iotda::Error& error = removed.error();
    if (memory_.domains) memory_.domains->outdated = true;
    if (error.code == iotda::Error::Code::kRejected || lacks_permission(error)) {
      deletion_failed(entry.name, with_request_id(error.message, error.request_id));
    } else {
      shut_gate(error);
    }
    return Step::kDone;
  }
  open_gate();
  memory_.tombstones[entry.id] = ports_.clock.boot_now();
  memory_.delete_troubles.erase(entry.name);
  if (action.to_break) memory_.delete_troubles.clear();
  // There is room for another one now.
  std::erase_if(memory_.binding_rejections, [](const auto& of) { return of.second.about_quota(); });
  if (memory_.domains) drop_removed(*memory_.domains);
  return write_domains(action.domains);
}

Step Executor::write_domains(const DomainLedger& domains) {
  return write_instance(instance_status(o_, o_.instance->status.slots.value_or(Ledger{}), domains));
}

/// What others made is theirs again, and serves what it served before, if that is still there. Where it is not, the
/// configuration stays as it is, because to remove it is not for us to decide.
Step Executor::give_back(const Domain& entry, const DomainLedger& after) {
  const iotda::DomainConfiguration* there = o_.domains ? o_.domains->find(entry.name) : nullptr;
  // A list may lag, so one that shows what it served before is told so once more.
  const bool ours = there != nullptr && there->id == entry.id &&
                    (there->server_certificate_id == entry.former_certificate ||
                     find_id(o_.instance->status.slots.value_or(Ledger{}), there->server_certificate_id) != nullptr);
  if (!ours || !iotda::is_usable_id(entry.former_certificate)) return write_domains(after);
  iotda::DomainConfiguration back = *there;
  back.server_certificate_id = entry.former_certificate;
  const auto served = access_.platform->update_domain_configuration(
      back, [&] { return ports_.leadership.leading(); }, stop_);
  if (memory_.domains) memory_.domains->outdated = true;
  if (!served.ok()) {
    const iotda::Error& error = served.error();
    using Code = iotda::Error::Code;
    if (lacks_permission(error)) {
      deletion_failed(entry.name, with_request_id(error.message, error.request_id));
      return Step::kDone;
    }
    if (error.code != Code::kRejected && error.code != Code::kNotFound) {
      shut_gate(error);
      return Step::kDone;
    }
  }
  open_gate();
  memory_.delete_troubles.erase(entry.name);
  if (served.ok() && memory_.domains) {
    for (iotda::DomainConfiguration& known : memory_.domains->configurations) {
      if (known.id == entry.id) known.server_certificate_id = back.server_certificate_id;
    }
  }
  return write_domains(after);
}

}  // namespace controller
