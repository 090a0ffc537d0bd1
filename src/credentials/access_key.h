#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "cloud/credentials.h"
#include "credentials/failure.h"

// Access keys and passwords as people write them down.
namespace credentials {

/// A value as it was configured, and the name of its key or variable.
struct Text {
  std::string name;
  base::Secret value;
};

/// Why the value cannot be what it should be, and what to do; nothing if it can. Finds what editors, shells and Secrets
/// add to a value: line breaks, spaces, quotes, a byte order mark, "AK=…", a second base64 encoding. `what` is for
/// messages: "access key". Contains nothing of the value.
std::optional<std::string> defect_of(const Text& text, std::string_view what);

/// The texts of one access key.
struct AccessKeyText {
  std::string origin;  ///< of the credentials, for messages: "Secret iotda-system/edge"
  Text access_key;
  Text secret_key;
  Text security_token;  ///< empty for a permanent access key
};

/// The access key. Its text is not changed: a value with a defect is kInvalid, with the name of the key, and is not
/// sent, because the platform would count it as a wrong signature.
Result<cloud::Credentials> read_access_key(AccessKeyText text);

}  // namespace credentials
