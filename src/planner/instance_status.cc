#include "planner/instance_status.h"

#include <string>

#include "base/time_format.h"
#include "planner/assessment.h"
#include "planner/readiness.h"

namespace planner {
namespace {

std::string plural(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

Readiness instance_readiness(const Observation& o, const InstanceStatus& status) {
  const Instance& instance = *o.instance;
  if (instance.meta.deleting) {
    return not_ready(
        {Reason::kDeleting, "waiting for " + plural(status.slots ? status.slots->size() : 0, "remaining slot") +
                                " to be released; delete the ServerCertificates that "
                                "use this instance"},
        true);
  }
  if (instance.suspend) {
    const Condition* before = find(instance.status.conditions, kReady);
    return {before != nullptr && before->status,
            "",
            {Reason::kSuspended, "spec.suspend is set; the operator makes no calls to the platform for this instance"}};
  }
  if (!o.duplicate_of.empty()) {
    return not_ready({Reason::kDuplicateInstance,
                      "IoTDAInstance " + o.duplicate_of +
                          " manages the same endpoint, projectId and instanceId; delete one of the two"});
  }
  if (target_changed(instance)) {
    return not_ready(
        {Reason::kTargetChanged,
         "spec refers to another platform instance than status.target, which has the slots; restore the spec, "
         "or first delete the ServerCertificates with spec.deletionPolicy Retain"});
  }
  if (o.credentials_problem) return not_ready(*o.credentials_problem);
  if (o.gate) return not_ready({o.gate->reason, o.gate->error.message});
  if (o.add_gate) return not_ready({o.add_gate->reason, o.add_gate->error.message});
  if (o.credentials_warning) return not_ready(*o.credentials_warning);
  return {
      true,
      "",
      {Reason::kSucceeded, std::to_string(status.used.value_or(0)) + " of " + std::to_string(status.limit) +
                               " slots are in use" + (o.credentials.empty() ? "" : "; credentials: " + o.credentials) +
                               (o.skewed ? "; " + std::string(kOldDefinitions) : "")}};
}

}  // namespace

InstanceStatus instance_status(const Observation& o, const Ledger& ledger, const DomainLedger& domains, bool rebuilt) {
  const Instance& instance = *o.instance;
  InstanceStatus status = instance.status;
  if (instance.meta.deleting && !instance.meta.has_finalizer(kInstanceFinalizer)) return status;
  status.observed_generation = instance.meta.generation;
  if (!target_changed(instance)) {
    status.endpoint = instance.endpoint;
    status.project_id = o.project_id.empty() ? instance.project() : o.project_id;
    status.instance_id = instance.instance_id;
  }
  // An empty ledger instead of a lost one would mean that the operator has nothing on the platform.
  if (rebuilt || !ledger.empty() || !ledger_lost(o)) status.slots = ledger;
  status.domains = domains;
  if (o.inventory) {
    const auto foreign = foreign_certificates(o, ledger);
    status.foreign.clear();
    for (const PlatformCertificate* there : foreign) {
      status.foreign.push_back({there->id, there->common_name, there->expiry_date});
    }
    status.foreign_count = static_cast<int>(foreign.size());
  } else {
    // After a restore of the API server's storage, the status can list as foreign what the operator manages.
    const auto managed = std::erase_if(status.foreign, [&](const resources::ForeignCertificate& there) {
      return find_id(ledger, there.id) != nullptr || o.tombstones.contains(there.id);
    });
    status.foreign_count -= static_cast<int>(managed);
  }
  status.limit = instance.quota;
  const bool reached = o.inventory || o.inventory_denied || instance.status.used || !ledger.empty();
  status.used = reached ? std::optional(static_cast<int>(ledger.size()) + status.foreign_count) : std::nullopt;
  if (o.inventory_denied) {
    status.inventory = "Ledger";
  } else if (o.inventory) {
    status.inventory = "Remote";
  }
  status.signing = o.signing;
  status.last_handled_reconcile_at = instance.reconcile_token;
  const std::optional<Gate>& shut = o.gate ? o.gate : o.add_gate;
  status.last_error = shut ? std::optional(shut->error) : std::nullopt;
  status.next_attempt_time = shut ? base::to_rfc3339(shut->next_attempt) : "";

  const Readiness r = instance_readiness(o, status);
  Conditions c;
  add(r, instance.meta.generation, c);
  carry_transition_times(c, instance.status.conditions, base::to_rfc3339(o.now));
  status.conditions = std::move(c);
  bound(status);
  return status;
}

}  // namespace planner
