#pragma once

#include "controller/round.h"

// Makes a domain serve a certificate.
namespace controller {

/// Creates or updates the domain configuration of the object, after live reads of the object and of the ledger have
/// confirmed that the certificate and the domain are still the object's.
Step serve_domain(Round& r, const Serve& action);

}  // namespace controller
