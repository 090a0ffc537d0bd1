#include "planner/certificate_status.h"

#include <chrono>
#include <cstddef>
#include <string>

#include "base/time_format.h"
#include "planner/certificate_conditions.h"
#include "planner/certificate_readiness.h"
#include "planner/held_certificate.h"
#include "planner/readiness.h"

namespace planner {
namespace {

void describe_rejection(ServerCertificateStatus& status, const Rejection* refusal) {
  status.last_error = refusal != nullptr ? std::optional(refusal->error) : std::nullopt;
  status.attempts = refusal != nullptr ? refusal->attempts : 0;
  status.next_attempt_time = refusal != nullptr ? base::to_rfc3339(refusal->next_attempt) : "";
}

/// When the status changes although nothing else does.
void wake_for_dates(const Observation& o, const CertificateView& view, const certificate::Facts* facts, Wake& wake) {
  if (facts != nullptr) {
    wake.at(facts->not_after + std::chrono::seconds(1));
    const base::SystemTime warning = facts->not_after - certificate::warning_time(*facts, o.timing.expiry_warning);
    if (warning > o.now) wake.at(warning + std::chrono::seconds(1));
  }
  if (view.secret.facts && view.secret.facts->not_before > o.now) wake.at(view.secret.facts->not_before);
}

ServerCertificateStatus certificate_status(const Observation& o, const Findings& found, std::size_t i, Wake& wake) {
  const CertificateView& view = o.certificates[i];
  const ServerCertificate& object = *view.object;
  ServerCertificateStatus status = object.status;
  if (object.meta.deleting && !object.meta.has_finalizer(kCertificateFinalizer)) return status;
  // The Secret will be read soon, so the status stays as it is until then.
  const auto later = o.read_later.find(object.meta.uid);
  const bool soon = later != o.read_later.end() && !later->second.costly;
  if (soon && !object.suspend && !object.meta.deleting && find(status.conditions, kReady) != nullptr) return status;

  const certificate::Facts* facts = wanted(view, o.now);
  const Slot* held = facts != nullptr ? held_slot(found.ledger, object.meta.uid, facts->fingerprint) : nullptr;
  const bool up_to_date = held != nullptr;
  if (held == nullptr) held = best_slot(o, found.ledger, object.meta.uid);
  const Situation s{o, found.ledger, found.domains, view, found.blocked[i], found.unserved[i], held, up_to_date};
  describe_held(s, status);

  status.pending_fingerprint = facts != nullptr && !up_to_date ? facts->fingerprint : "";
  status.pending_expiry = facts != nullptr && !up_to_date ? base::to_rfc3339(facts->not_after) : "";
  status.observed_generation = object.meta.generation;
  if (const auto postponed = o.postponed.find(object.meta.uid); postponed != o.postponed.end()) {
    wake.at(postponed->second);
  } else {
    status.last_handled_reconcile_at = object.reconcile_token;
  }
  if (view.secret.current && !object.suspend) {
    status.observed_secrets = view.secret.versions;
    status.validator_version = certificate::kValidatorVersion;
  }
  const Domain* domain = own_domain(found.domains, object);
  status.domain_configuration_id = domain != nullptr ? domain->id : "";
  describe_rejection(status, !up_to_date ? view.refusal() : s.unserved ? view.binding_refusal() : nullptr);
  wake_for_dates(o, view, facts, wake);
  set_conditions(s, certificate_readiness(s, status.expiry_date), status, wake);
  bound(status);
  return status;
}

}  // namespace

std::vector<ServerCertificateStatus> certificate_statuses(const Observation& o, const Findings& found, Wake& wake) {
  std::vector<ServerCertificateStatus> statuses;
  statuses.reserve(o.certificates.size());
  for (std::size_t i = 0; i < o.certificates.size(); ++i) statuses.push_back(certificate_status(o, found, i, wake));
  return statuses;
}

ServerCertificateStatus status_without_instance(const Observation& o, const CertificateView& view) {
  const ServerCertificate& object = *view.object;
  ServerCertificateStatus status = object.status;
  status.observed_generation = object.meta.generation;
  const Problem why{Reason::kInstanceNotFound,
                    "IoTDAInstance " + object.instance +
                        " does not exist; create it, or correct spec.instanceRef.name in a new object"};
  const std::string reason(name_of(why.reason));
  status.conditions = {{std::string(kAvailable), false, reason, why.message, object.meta.generation, {}}};
  add(not_ready(why), object.meta.generation, status.conditions);
  carry_transition_times(status.conditions, object.status.conditions, base::to_rfc3339(o.now));
  bound(status);
  return status;
}

}  // namespace planner
