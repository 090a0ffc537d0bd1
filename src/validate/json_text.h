#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "validate/yaml.h"

namespace validate {

/// The values of a text of JSON (RFC 8259), one behind the other as kubectl takes them, with the lines where they
/// stand. None if the text is anything else; it may still be YAML.
std::optional<std::vector<YamlPointer>> parse_json(std::string_view text, std::size_t first_line);

}  // namespace validate
