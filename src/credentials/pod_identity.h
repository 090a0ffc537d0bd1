#pragma once

#include <memory>

#include "credentials/ambient.h"

namespace credentials {

/// The identity of a Pod in CCE: POST to HC_CONTAINER_CREDENTIALS_FULL_URI with the token in the file
/// HC_CONTAINER_AUTHORIZATION_TOKEN_FILE, which is read each time because it is replaced. Plain http is accepted for
/// loopback and link-local addresses only.
std::unique_ptr<Source> make_pod_identity_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

}  // namespace credentials
