#pragma once

#include "validate/catalog.h"

namespace validate {

/// Checks that involve several objects: DuplicateCertificate, DomainConflict, QuotaExceeded, DuplicateInstance and,
/// unless `allow_missing` is set, SecretNotFound, InstanceNotFound, CredentialsNotFound.
void check_references(const std::vector<Input>& inputs, const Catalog& catalog, bool allow_missing, Report& report);

}  // namespace validate
