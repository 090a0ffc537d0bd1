#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "base/ascii.h"

namespace base {
namespace {

/// Length of the UTF-8 sequence at the start of `s` (RFC 3629); 0 if it is not valid.
std::size_t sequence_length(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](std::size_t i) { return i < s.size() && (at(i) & 0xC0U) == 0x80U; };
  const unsigned char b = at(0);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return tail(1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    const bool overlong = b == 0xE0 && at(1) < 0xA0;
    const bool surrogate = b == 0xED && at(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    const bool overlong = b == 0xF0 && at(1) < 0x90;
    const bool too_high = b == 0xF4 && at(1) > 0x8F;
    return overlong || too_high ? 0 : 4;
  }
  return 0;
}

/// The code point of a valid UTF-8 sequence.
std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  std::uint32_t code = character.size() == 1 ? first : first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Control characters, invisible characters, characters that change the text direction, line separators, and
/// non-characters.
constexpr std::array<Range, 13> kHidden{{{0x00, 0x1F},
                                         {0x7F, 0x9F},
                                         {0xAD, 0xAD},
                                         {0x061C, 0x061C},
                                         {0x180E, 0x180E},
                                         {0x200B, 0x200F},
                                         {0x2028, 0x202E},
                                         {0x2060, 0x206F},
                                         {0xFDD0, 0xFDEF},
                                         {0xFEFF, 0xFEFF},
                                         {0xFFF9, 0xFFFB},
                                         {0x1D173, 0x1D17A},
                                         {0xE0000, 0xE0FFF}}};

bool is_hidden(std::uint32_t code) {
  return (code & 0xFFFEU) == 0xFFFEU || std::any_of(kHidden.begin(), kHidden.end(), [&](const Range& range) {
           return code >= range.first && code <= range.last;
         });
}

/// The escape sequence for the character at the start of `s` inside a JSON string, and the number of bytes that it
/// replaces; empty if the bytes need no escape.
struct Escape {
  std::size_t length;
  std::string_view text;
};

/// Room for both halves of a surrogate pair, "\ud83d\udd11".
using EscapeBuffer = std::array<char, 16>;

Escape escape_of(std::string_view s, EscapeBuffer& buffer) {
  const auto b = static_cast<unsigned char>(s.front());
  if (b == '"') return {1, "\\\""};
  if (b == '\\') return {1, "\\\\"};
  if (b == '\n') return {1, "\\n"};
  if (b == '\t') return {1, "\\t"};
  if (b == '\r') return {1, "\\r"};
  const std::size_t n = sequence_length(s);
  if (n == 0) return {1, "\xEF\xBF\xBD"};
  const std::uint32_t code = code_point(s.substr(0, n));
  if (!is_hidden(code)) return {n, {}};
  if (code < 0x10000) {
    (void)std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  } else {
    const std::uint32_t offset = code - 0x10000;
    (void)std::snprintf(buffer.data(), buffer.size(), "\\u%04x\\u%04x", 0xD800 + (offset >> 10U),
                        0xDC00 + (offset & 0x3FFU));
  }
  return {n, buffer.data()};
}

template <class Out>
void append_escaped(Out& out, std::string_view s) {
  EscapeBuffer buffer{};
  std::size_t plain = 0;  // bytes at the start of `s` that need no escape
  while (plain < s.size()) {
    const Escape escape = escape_of(s.substr(plain), buffer);
    if (escape.text.empty()) {
      plain += escape.length;
      continue;
    }
    out.append(s.substr(0, plain));
    out.append(escape.text);
    s.remove_prefix(plain + escape.length);
    plain = 0;
  }
  out.append(s);
}

}  // namespace

std::string_view trim(std::string_view s) {
  constexpr std::string_view space = " \t\r\n\f\v";
  const auto first = s.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(space) - first + 1);
}

std::vector<std::string> split(std::string_view s, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const auto end = s.find(separator, start);
    parts.emplace_back(s.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string to_lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string host_key(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && to_lower(a) == to_lower(b);
}

std::string truncate(std::string_view s, std::size_t max) {
  constexpr std::string_view mark = "…";
  if (s.size() <= max) return std::string(s);
  if (max < mark.size()) return {};
  std::size_t end = 0;
  while (end < s.size()) {
    const std::size_t n = std::max<std::size_t>(sequence_length(s.substr(end)), 1);
    if (end + n > max - mark.size()) break;
    end += n;
  }
  return std::string(s.substr(0, end)) + std::string(mark);
}

std::string printable(std::string_view s) {
  std::string out;
  const auto escape = [&](std::string_view mark, unsigned digits, std::uint32_t code) {
    out += mark;
    for (unsigned i = digits; i-- > 0;) out += "0123456789abcdef"[(code >> (4U * i)) & 0xFU];
  };
  while (!s.empty()) {
    const std::size_t n = sequence_length(s);
    const std::string_view character = s.substr(0, std::max<std::size_t>(n, 1));
    const std::uint32_t code = n == 0 ? static_cast<unsigned char>(s.front()) : code_point(character);
    s.remove_prefix(character.size());
    if (n != 0 && !is_hidden(code)) {
      out += character;
    } else if (code == '\n' || code == '\r' || code == '\t') {
      out += ' ';
    } else if (n <= 1) {
      escape("\\x", 2, code);
    } else if (code < 0x10000) {
      escape("\\u", 4, code);
    } else {
      escape("\\U", 8, code);
    }
  }
  return out;
}

void append_json_escaped(std::string& out, std::string_view s) {
  append_escaped(out, s);
}
void append_json_escaped(Secret& out, std::string_view s) {
  append_escaped(out, s);
}

}  // namespace base
