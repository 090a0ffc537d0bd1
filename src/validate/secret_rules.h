#pragma once

#include <optional>

#include "base/secret.h"
#include "validate/violation.h"
#include "validate/yaml.h"

namespace validate {

/// Why the API server rejects a Secret, except for its metadata: types and unknown fields, names of keys, base64, the
/// size, and the requirements of its type. Messages contain nothing of the content. The rules are those of Kubernetes
/// 1.35 (ValidateSecret).
Violations check_secret(const YamlNode& secret);

/// The value of `data` as decoded by the API server; nothing if it is rejected.
std::optional<base::Secret> decode_data(const YamlNode& value);

/// Whether the Secret is encrypted with SOPS: its values are not those in the cluster.
bool is_sops(const YamlNode& object);

}  // namespace validate
