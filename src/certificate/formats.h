#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "certificate/finding.h"

namespace certificate {

struct Explanation {
  std::string message;
  std::string hint;
};

/// Why a text without any PEM block cannot be the certificate or the private key: empty, DER, PKCS#7, PKCS#12, a Java
/// key store, base64 of base64, a value that a tool should have replaced … or just nothing of the kind.
Explanation explain_no_pem(std::string_view text, Part part, Source source);

/// What an encryption or a template left in place of the value: SOPS, ansible-vault, a path of a vault, ${NAME},
/// {{ … }}. None for any other text.
std::optional<Explanation> explain_placeholder(std::string_view text);

}  // namespace certificate
