#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace certificate {

/// The result of decrypting an encrypted private key.
struct OpenedKey {
  enum class Outcome {
    kOpened,
    kWrongPassword,  ///< or the password does not belong to this key
    kCannotOpen,     ///< with any password: see `message` and `hint`
  };
  Outcome outcome = Outcome::kWrongPassword;
  base::Secret der;  ///< of the private key, in any form
  std::string message;
  std::string hint;
};

/// Decrypts PKCS#8 with PBES1 or PBES2. Takes at most a third of a second: more expensive keys are rejected without
/// decrypting them.
OpenedKey open_pkcs8(std::string_view der, std::string_view password);

/// Decrypts a PEM block with the headers `headers` ("Proc-Type: …", "DEK-Info: …").
OpenedKey open_traditional(const std::string& headers, std::string_view body, std::string_view password);

}  // namespace certificate
