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
/// A host name as it is compared: in lower case, without the final dot.
std::string host_key(std::string_view name);
/// At most `max` bytes of UTF-8, cut at a character and marked with "…" where something was cut off.
std::string truncate(std::string_view s, std::size_t max);
/// Text from outside (certificates, servers, annotations) made safe where it comes in, for statuses, events, logs and
/// terminals alike: one line of UTF-8 without control characters, without what changes the direction of writing or
/// cannot be seen, and without non-characters. Those become "\x1b", "\u202e", "\U000e0001"; line breaks and tabs become
/// spaces. Made safe twice it is the same.
std::string printable(std::string_view s);
/// Appends `s` as the inside of a JSON string (RFC 8259 §7); bytes that are no UTF-8 become U+FFFD. What printable()
/// takes out is escaped: an API server that reads JSON as YAML refuses some of it as it is.
void append_json_escaped(std::string& out, std::string_view s);
/// The same for a secret; leaves no copy behind.
void append_json_escaped(Secret& out, std::string_view s);

}  // namespace base
