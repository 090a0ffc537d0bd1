#pragma once

#include "planner/findings.h"

// The part of a status that describes the certificate on the platform.
namespace planner {

/// Its id, names, dates and fingerprint; empty if there is none. If its description is not known, and it is the same
/// certificate as before, the description stays as it is.
void describe_held(const Situation& s, ServerCertificateStatus& status);

}  // namespace planner
