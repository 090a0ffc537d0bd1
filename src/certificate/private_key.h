#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/openssl.h"
#include "certificate/finding.h"

namespace certificate {

/// A private key, and the findings about its text or its password. There can be a key and errors: it could be read, but
/// must not be used as it is.
struct PrivateKey {
  base::PublicOrPrivateKey key;
  std::size_t line = 0;  ///< of its BEGIN line
  Findings findings;
};

/// Reads PKCS#1, SEC1, PKCS#8, and their encrypted forms. Never asks for a password on a terminal.
PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password,
                            Source source = Source::kObject);

}  // namespace certificate
