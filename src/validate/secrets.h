#pragma once

#include "base/clock.h"
#include "validate/catalog.h"

namespace validate {

/// Checks what is in the Secrets that ServerCertificates name, with the password and for the domain that they say;
/// where there are no ServerCertificates, what is in every Secret of type kubernetes.io/tls. Reads the documents of the
/// Secrets again, and keeps two of them at most.
void check_secrets(std::vector<Input>& inputs, const Catalog& catalog, base::SystemTime now,
                   base::Duration expiry_warning, Report& report);

}  // namespace validate
