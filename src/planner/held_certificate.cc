#include "planner/held_certificate.h"

#include "base/time_format.h"
#include "planner/assessment.h"

namespace planner {

void describe_held(const Situation& s, ServerCertificateStatus& status) {
  const Slot* held = s.held;
  if (held == nullptr) {
    if (ledger_lost(s.o)) return;  // the status is the only record that is left
    status.server_certificate_id = {};
    status.fingerprint = {};
    status.common_name = status.effective_date = status.expiry_date = {};
    status.owner = status.issuer = {};
    return;
  }
  if (status.server_certificate_id != held->id && !held->adopted) status.last_upload_time = held->since;
  const bool described = status.server_certificate_id == held->id && !status.expiry_date.empty();
  status.server_certificate_id = held->id;
  status.fingerprint = held->fingerprint;
  if (described) return;
  if (const auto known = s.o.known.find(held->id); known != s.o.known.end() && !known->second.expiry_date.empty()) {
    status.common_name = known->second.common_name;
    status.effective_date = known->second.effective_date;
    status.expiry_date = known->second.expiry_date;
    status.owner = known->second.owner;
    status.issuer = known->second.issuer;
  } else if (s.view.secret.facts && s.view.secret.facts->fingerprint == held->fingerprint) {
    // After a restart the response of the platform is not known. The certificate has the same values.
    const certificate::Facts& facts = *s.view.secret.facts;
    status.common_name = facts.common_name;
    status.effective_date = base::to_rfc3339(facts.not_before);
    status.expiry_date = base::to_rfc3339(facts.not_after);
    status.owner = facts.subject;
    status.issuer = facts.issuer;
  }
}

}  // namespace planner
