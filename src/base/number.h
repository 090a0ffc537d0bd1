#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace base {

/// The integer that the whole of `s` is, in decimal. None if anything else stands there, or it does not fit.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view s) {
  Integer value{};
  const char* const end = s.data() + s.size();
  const auto [read, error] = std::from_chars(s.data(), end, value);
  if (error != std::errc() || read != end) return std::nullopt;
  return value;
}

}  // namespace base
