#pragma once

#include <optional>
#include <string_view>

namespace platform {

/// How requests are signed. Source: API signing guide of Huawei Cloud.
enum class Signing {
  kDerived,   ///< V11-HMAC-SHA256 with the service `iotdm`: dedicated domains
  kStandard,  ///< SDK-HMAC-SHA256: the shared domain
};

/// As in the spec and the status of an IoTDAInstance: Derived, Standard.
std::string_view to_string(Signing signing);
/// Nothing for any other text, Auto among them.
std::optional<Signing> parse_signing(std::string_view text);

}  // namespace platform
