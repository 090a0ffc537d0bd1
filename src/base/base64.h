#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/secret.h"

namespace base {

/// Reads base64 (RFC 4648 §4) as Kubernetes writes it: padded, without line breaks. None if the text is anything else.
/// Bits of the last character that encode nothing are ignored, as Go and OpenSSL do.
std::optional<std::string> base64_decode(std::string_view text);
/// The same for key material: no copy of the bytes is left anywhere but in the result.
std::optional<Secret> base64_decode_secret(std::string_view text);

std::string base64_encode(std::string_view bytes);

/// One of the 64, or the '=' that pads them.
constexpr bool is_base64(char c) {
  return is_alphanumeric(c) || c == '+' || c == '/' || c == '=';
}

}  // namespace base
