#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace test {

/// Base64 (RFC 4648 §4), padded, without line breaks.
inline std::string base64_encode(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) out += k <= bytes.size() ? kAlphabet[(group >> (18 - 6 * k)) & 63U] : '=';
  }
  return out;
}

}  // namespace test
