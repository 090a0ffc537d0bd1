#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "certificate/inspect.h"
#include "certificate/openssl.h"

namespace certificate {

/// A private key, or what is wrong with it or its password. Both if it can be read but not be used as it is.
struct PrivateKey {
  PublicOrPrivateKey key;
  std::optional<Finding> finding;
};

/// Reads PKCS#1, SEC1, PKCS#8, and their encrypted forms. Never asks for a password anywhere.
PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password);

}  // namespace certificate
