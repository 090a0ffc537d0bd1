#pragma once

#include <algorithm>
#include <string_view>

namespace base {

// Of ASCII alone, whatever the locale says.

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}
constexpr bool is_alphanumeric(char c) {
  return is_letter(c) || is_digit(c);
}

/// The value of a hex digit of either case; -1 for anything else.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// True if `s` is not empty and each of its characters is one of those.
template <class Is>
constexpr bool consists_of(std::string_view s, Is is) {
  return !s.empty() && std::all_of(s.begin(), s.end(), is);
}

}  // namespace base
