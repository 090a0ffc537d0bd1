#pragma once

#include <memory>

#include "credentials/ambient.h"

namespace credentials {

/// The agency of the node (ECS): the metadata service at 169.254.169.254, with a session token where the service has
/// them. HUAWEICLOUD_SDK_METADATA_ENDPOINT names another address, for tests.
std::unique_ptr<Source> make_metadata_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

}  // namespace credentials
