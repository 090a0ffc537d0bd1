#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace base {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 64;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& v : values) v = kNone;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values.at(static_cast<unsigned char>(kAlphabet[i])) = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

/// Decodes into `out`, which must be large enough. Returns the number of bytes, or nothing on an error.
std::optional<std::size_t> decode(std::string_view text, char* out) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::size_t size = 0;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = (bits << 6U) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[size++] = static_cast<char>((bits >> held) & 0xFFU);
  }
  if (held == 6) return std::nullopt;
  return size;
}

}  // namespace

std::optional<std::string> base64_decode(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  const auto size = decode(text, out.data());
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

std::optional<Secret> base64_decode_secret(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  const auto size = decode(text, out.data());
  out.resize(size.value_or(0));  // never longer: the block is kept, and Secret wipes all of it
  Secret secret(std::move(out));
  if (!size) return std::nullopt;
  return secret;
}

Secret base64_encode_secret(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);  // never longer: the block is kept, and Secret wipes all of it
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = (bits << 8U) | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    const std::size_t characters = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t j = 0; j < 4; ++j) {
      out += j < characters ? kAlphabet[(bits >> (18U - 6U * j)) & 63U] : '=';
    }
  }
  return Secret(std::move(out));
}

}  // namespace base
