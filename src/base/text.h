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
/// At most `max` bytes of UTF-8, truncated at a character boundary; "…" marks truncated text.
std::string truncate(std::string_view s, std::size_t max);
/// Sanitizes external text (certificates, servers, annotations) on input, for statuses, events, logs and terminals. The
/// result is one line of UTF-8 without control characters, invisible characters, characters that change the text
/// direction, and non-characters: they become "\x1b", "\u202e", "\U000e0001". Line breaks and tabs become spaces.
/// Idempotent.
std::string printable(std::string_view s);
/// Appends `s` as the content of a JSON string (RFC 8259 §7); bytes that are not UTF-8 become U+FFFD. Characters that
/// printable() replaces are escaped, because an API server that reads JSON as YAML rejects some of them.
void append_json_escaped(std::string& out, std::string_view s);
/// The same for a secret; leaves no other copy in memory.
void append_json_escaped(Secret& out, std::string_view s);

}  // namespace base
