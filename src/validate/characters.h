#pragma once

#include <optional>
#include <string_view>

#include "validate/yaml.h"

namespace validate {

/// The first character that go-yaml refuses in a text, with its line from 1: bytes that are no UTF-8, control
/// characters, a byte order mark anywhere but at the beginning. kubectl replaces bytes that are no UTF-8 before, flux
/// does not.
std::optional<YamlError> wrong_character(std::string_view text);

}  // namespace validate
