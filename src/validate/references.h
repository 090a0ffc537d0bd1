#pragma once

#include "validate/catalog.h"

namespace validate {

/// What can only be seen by looking at several objects: DuplicateCertificate, DomainConflict, QuotaExceeded,
/// DuplicateInstance and, unless `allow_missing`, SecretNotFound, InstanceNotFound, CredentialsNotFound.
void check_references(const std::vector<Input>& inputs, const Catalog& catalog, bool allow_missing, Report& report);

}  // namespace validate
