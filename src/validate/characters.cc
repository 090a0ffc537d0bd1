#include "validate/characters.h"

#include <algorithm>

namespace validate {
namespace {

unsigned byte(std::string_view s, std::size_t i) {
  return static_cast<unsigned char>(s[i]);
}

/// Decodes the code point at `i` and returns its length in bytes; 0 if it is not UTF-8.
std::size_t decode(std::string_view text, std::size_t i, unsigned& code) {
  const unsigned first = byte(text, i);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || i + length > text.size()) return 0;
  code = first & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(text, i + k) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(text, i + k) & 0x3FU);
  }
  const unsigned least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  return code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : length;
}

/// Whether YAML allows a code point beyond ASCII.
bool allowed(unsigned code) {
  return code == 0x85 || (code >= 0xA0 && code != 0xFEFF && code != 0xFFFE && code != 0xFFFF);
}

}  // namespace

std::optional<YamlError> wrong_character(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return YamlError{
        1,
        "the file is UTF-16, as PowerShell writes with >; flux, kustomize and other tools reject it; save it as UTF-8"};
  }
  std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const auto error = [&](const char* message) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(i);
    return YamlError{1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n')), message};
  };
  while (i < text.size()) {
    const unsigned c = byte(text, i);
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
        return error("there is a control character, which YAML does not allow");
      }
      ++i;
      continue;
    }
    unsigned code = 0;
    const std::size_t length = decode(text, i, code);
    if (length == 0) return error("the file is not UTF-8; save it as UTF-8");
    if (!allowed(code))
      return error("there is a control character or a byte order mark, which YAML does not allow here");
    i += length;
  }
  return std::nullopt;
}

}  // namespace validate
