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

/// Why a text without any PEM block is not the certificate or the private key: empty, DER, PKCS#7, PKCS#12, a Java
/// keystore, base64 of base64, a value that a tool should have replaced … or anything else.
Explanation explain_no_pem(std::string_view text, Part part, Source source);

/// Recognises what encryption tools and templates leave instead of the value: SOPS, ansible-vault, a path in a vault,
/// ${NAME}, {{ … }}. Nothing for any other text.
std::optional<Explanation> explain_placeholder(std::string_view text);

}  // namespace certificate
