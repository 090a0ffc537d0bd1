#pragma once

#include "planner/assessment.h"
#include "planner/findings.h"
#include "planner/readiness.h"

// The conditions of an object.
namespace planner {

/// The entry of the domain of the object, if it belongs to the object; null otherwise.
const Domain* own_domain(const DomainLedger& domains, const ServerCertificate& object);

/// Available, which tells whether devices get an unexpired certificate of the object, and the conditions of `ready`.
/// Needs status.expiry_date. Wakes when Available changes by time.
void set_conditions(const Situation& s, const Readiness& ready, ServerCertificateStatus& status, Wake& wake);

}  // namespace planner
