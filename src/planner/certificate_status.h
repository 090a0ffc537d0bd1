#pragma once

#include <vector>

#include "planner/assessment.h"
#include "planner/findings.h"

// The statuses of ServerCertificates.
namespace planner {

/// The statuses for an instance at rest, in the order of the observation. The status of an object whose Secret will be
/// read soon stays as it is. Wakes when a status changes by time.
std::vector<ServerCertificateStatus> certificate_statuses(const Observation& o, const Findings& found, Wake& wake);

/// Status of an object whose instance does not exist.
ServerCertificateStatus status_without_instance(const Observation& o, const CertificateView& view);

}  // namespace planner
