#pragma once

#include <memory>

#include "credentials/ambient.h"

namespace credentials {

/// A temporary access key for the OIDC token in the file HUAWEICLOUD_SDK_ID_TOKEN_FILE, as a rule the projected token
/// of the Pod's ServiceAccount. It is read each time, because it is replaced. The path comes from the environment only:
/// in a spec it could send any file to any server.
std::unique_ptr<Source> make_oidc_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

}  // namespace credentials
