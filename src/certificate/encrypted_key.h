#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace certificate {

/// What came of opening an encrypted private key.
struct OpenedKey {
  enum class Outcome {
    kOpened,
    kWrongPassword,  ///< or not the password of this key
    kCannotOpen,     ///< whatever the password is: `message` and `hint` say why
  };
  Outcome outcome = Outcome::kWrongPassword;
  base::Secret der;  ///< of the private key, in any form
  std::string message;
  std::string hint;
};

/// Opens PKCS#8 with PBES1 or PBES2. A third of a second at most: what costs more is refused before it is tried.
OpenedKey open_pkcs8(std::string_view der, std::string_view password);

/// Opens what `headers` ("Proc-Type: …", "DEK-Info: …") say of a block of PEM.
OpenedKey open_traditional(const std::string& headers, std::string_view body, std::string_view password);

}  // namespace certificate
