#pragma once

#include "base/time.h"
#include "validate/catalog.h"

namespace validate {

/// Validates the content of the Secrets that ServerCertificates reference, with their password and domain; if there are
/// no ServerCertificates, the content of every Secret of type kubernetes.io/tls. Reads the documents of the Secrets
/// again, and keeps at most two of them.
void check_secrets(std::vector<Input>& inputs, const Catalog& catalog, base::SystemTime now,
                   base::Duration expiry_warning, Report& report);

}  // namespace validate
