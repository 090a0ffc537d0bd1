#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/openssl.h"
#include "certificate/finding.h"

namespace certificate {

/// A private key, and what is wrong with its text or its password. There may be a key besides errors: it can be read
/// then, but not be used as it is.
struct PrivateKey {
  base::PublicOrPrivateKey key;
  std::size_t line = 0;  ///< of its BEGIN line
  Findings findings;
};

/// Reads PKCS#1, SEC1, PKCS#8, and their encrypted forms. Never asks for a password anywhere.
PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password,
                            Source source = Source::kObject);

}  // namespace certificate
