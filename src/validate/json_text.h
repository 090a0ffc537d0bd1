#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validate/yaml.h"

namespace validate {

/// Parses a text of consecutive JSON values (RFC 8259), as kubectl accepts them, with their lines. Nothing if it is not
/// JSON; it can still be YAML.
std::optional<std::vector<YamlPointer>> parse_json(std::string_view text, std::size_t first_line);

/// The value as JSON, with the types that its schema allows: any other number becomes a string.
std::string to_json(const YamlNode& value);

}  // namespace validate
