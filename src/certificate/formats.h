#pragma once

#include <string>
#include <string_view>

#include "certificate/finding.h"

namespace certificate {

struct Explanation {
  std::string message;
  std::string hint;
};

/// Why a text without any PEM block cannot be the certificate or the private key: empty, DER, PKCS#7, PKCS#12, a Java
/// key store, base64 of base64 … or just nothing of the kind.
Explanation explain_no_pem(std::string_view text, Part part);

}  // namespace certificate
