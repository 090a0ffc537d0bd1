#pragma once

#include <cstddef>
#include <string_view>

#include "base/tagged.h"

namespace platform {

/// Of a server certificate, and of a domain configuration.
using CertificateId = base::Tagged<struct CertificateIdTag>;
using ConfigurationId = base::Tagged<struct ConfigurationIdTag>;

/// Longest id of a server certificate or domain configuration that is accepted, as in the CRDs. Documented are up to 24
/// or 36 characters.
inline constexpr std::size_t kMaxId = 64;

/// Of up to kMaxId letters, digits, '_' and '-'. Also keeps an id from meaning another path.
bool is_usable_id(std::string_view id);

}  // namespace platform
