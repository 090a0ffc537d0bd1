#include "validate/printable.h"

#include "base/text.h"

namespace validate {
namespace {

constexpr std::size_t kMaxLength = 2000;

/// The mark and `digits` digits of `code`.
std::string escaped(std::string_view mark, int digits, unsigned code) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(mark);
  for (int i = digits - 1; i >= 0; --i) out += kHex[(code >> (4U * static_cast<unsigned>(i))) & 0xFU];
  return out;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// How many bytes the character at `i` has; 0 if there is none.
std::size_t length_at(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if (!is_continuation(text[i + k])) return 0;
  }
  return length;
}

unsigned code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  unsigned code = character.size() == 1 ? first : first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

/// Line separators, and what changes the direction of what follows or cannot be seen.
bool is_hidden(unsigned code) {
  return (code >= 0x80 && code < 0xA0) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_at(text, i);
    if (length == 0) {
      out += escaped("\\x", 2, static_cast<unsigned char>(text[i++]));
      continue;
    }
    const std::string_view character = text.substr(i, length);
    i += length;
    const unsigned code = code_point(character);
    if (code < 0x20 || code == 0x7F) {
      out += escaped("\\x", 2, code);
    } else if (is_hidden(code)) {
      out += escaped("\\u", 4, code);
    } else if (code == '#' && out.ends_with('#')) {
      out += "\\x23";
    } else {
      out.append(character);
    }
  }
  return base::truncate(out, kMaxLength);
}

std::string printable_file(std::string_view name) {
  const std::string text = printable(name);
  return text.starts_with(':') ? "./" + text : text;
}

}  // namespace validate
