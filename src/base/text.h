#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace base {

std::string_view trim(std::string_view s);
std::vector<std::string> split(std::string_view s, char separator);
std::string to_lower(std::string_view s);
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// At most `max` bytes of UTF-8, cut at a character and marked with "…" where something was cut off.
std::string truncate(std::string_view s, std::size_t max);
/// Appends `s` as the inside of a JSON string (RFC 8259 §7); bytes that are no UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view s);
/// The same for a secret; leaves no copy behind.
void append_json_escaped(Secret& out, std::string_view s);

}  // namespace base
