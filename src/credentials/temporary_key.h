#pragma once

#include <string>
#include <string_view>

#include "cloud/credentials.h"
#include "credentials/failure.h"
#include "http/transport.h"

namespace credentials {

/// The temporary access key in a response, in any of the spellings in use: {"credential": {"access", "secret",
/// "securitytoken", "expires_at"}} (IAM, instance metadata), {"credentials": {"accessKeyId", "secretAccessKey",
/// "securityToken", "expiration"}} (CCE pod identity) and {"credentials": {"access_key_id", "secret_access_key",
/// "security_token", "expiration"}} (STS). Wipes the body. `what` names the request in messages.
Result<cloud::Credentials> read_temporary_key(http::Response response, const std::string& what, std::string origin);

}  // namespace credentials
