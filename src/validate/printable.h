#pragma once

#include <string>
#include <string_view>

namespace validate {

/// Sanitizes `text` for a terminal or the log of a pipeline: base::printable(), and sequences that CI systems interpret
/// as commands ("##[", "##vso[") are broken up. Long texts are truncated.
std::string printable(std::string_view text);

/// The same for a file name at the start of a line: "::error" there is a command of GitHub Actions.
std::string printable_file(std::string_view name);

}  // namespace validate
