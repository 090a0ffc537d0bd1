#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/secret.h"

namespace base {

/// Decodes base64 (RFC 4648 §4) in the form that Kubernetes writes: padded, without line breaks. Returns nothing for
/// any other text. Unused bits of the last character are ignored, as in Go and OpenSSL.
std::optional<std::string> base64_decode(std::string_view text);
/// The same for key material: the result holds the only copy of the bytes.
std::optional<Secret> base64_decode_secret(std::string_view text);

/// Encodes a secret (RFC 4648 §4); leaves no other copy in memory.
Secret base64_encode_secret(std::string_view bytes);

/// One of the 64, or the '=' that pads them.
constexpr bool is_base64(char c) {
  return is_alphanumeric(c) || c == '+' || c == '/' || c == '=';
}

}  // namespace base
