#pragma once

#include <cstddef>
#include <string_view>

#include "certificate/evidence.h"

namespace certificate {

/// The limits of the platform, in characters. Source: API reference of IoTDA, "Add a Server Certificate".
inline constexpr std::size_t kMaxCertificateLength = 65535;
inline constexpr std::size_t kMaxPrivateKeyLength = 10240;
inline constexpr std::size_t kMaxPasswordLength = 64;

/// Whether `text` is short enough to be uploaded, and therefore to be parsed at all.
bool certificate_fits(std::string_view text);
bool private_key_fits(std::string_view text);

/// Reports TooLarge.
void check_limits(const Evidence& evidence, Findings& findings);

}  // namespace certificate
