#pragma once

#include <memory>

#include "credentials/ambient.h"

// Access keys where the SDKs of Huawei Cloud look for them.
namespace credentials {

/// HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and, for a temporary access key, HUAWEICLOUD_SDK_SECURITY_TOKEN.
std::unique_ptr<Source> make_environment_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

/// The section [basic] of ~/.huaweicloud/credentials, or of the file in HUAWEICLOUD_SDK_CREDENTIALS_FILE: ak, sk,
/// security_token. Read again after the platform has rejected the access key.
std::unique_ptr<Source> make_file_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

}  // namespace credentials
