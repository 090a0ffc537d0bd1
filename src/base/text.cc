#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace base {
namespace {

/// Length of the UTF-8 sequence at the front of `s` (RFC 3629), 0 if there is none.
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

/// What stands for the character at the front of `s` inside a JSON string, and how many bytes it replaces; empty
/// where the bytes stand for themselves.
struct Escape {
  std::size_t length;
  std::string_view text;
};

Escape escape_of(std::string_view s, std::array<char, 8>& buffer) {
  const auto b = static_cast<unsigned char>(s.front());
  if (b == '"') return {1, "\\\""};
  if (b == '\\') return {1, "\\\\"};
  if (b == '\n') return {1, "\\n"};
  if (b == '\t') return {1, "\\t"};
  if (b == '\r') return {1, "\\r"};
  if (b < 0x20 || b == 0x7F) {
    (void)std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(b));
    return {1, buffer.data()};
  }
  const std::size_t n = sequence_length(s);
  return n > 0 ? Escape{n, {}} : Escape{1, "\xEF\xBF\xBD"};
}

template <class Out>
void append_escaped(Out& out, std::string_view s) {
  std::array<char, 8> buffer{};
  std::size_t plain = 0;  // bytes at the front of `s` that stand for themselves
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
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
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

void append_json_escaped(std::string& out, std::string_view s) {
  append_escaped(out, s);
}
void append_json_escaped(Secret& out, std::string_view s) {
  append_escaped(out, s);
}

}  // namespace base
