#pragma once

#include <optional>

#include "base/secret.h"
#include "validate/violation.h"
#include "validate/yaml.h"

namespace validate {

/// Why the API server refuses a Secret, its metadata aside: types and unknown fields, names of keys, base64, the size,
/// and what its type demands. Nothing of the content is in the messages. The rules are those of Kubernetes 1.35
/// (ValidateSecret).
Violations check_secret(const YamlNode& secret);

/// The value of `data` as the API server decodes it; none if it refuses it.
std::optional<base::Secret> decode_data(const YamlNode& value);

/// The Secret was encrypted by SOPS: its values are not what will be stored.
bool is_sops(const YamlNode& object);

}  // namespace validate
