#pragma once

#include <optional>
#include <string_view>

#include "validate/yaml.h"

namespace validate {

/// The first character that go-yaml rejects, with its line from 1: bytes that are not UTF-8, control characters, a byte
/// order mark anywhere but at the start. kubectl replaces bytes that are not UTF-8 before parsing, flux does not.
std::optional<YamlError> wrong_character(std::string_view text);

}  // namespace validate
