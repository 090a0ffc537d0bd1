#pragma once

#include <string>
#include <string_view>

namespace validate {

/// `text` for a terminal or the log of a pipeline: base::printable(), and what several CI systems take for commands
/// ("##[", "##vso[") is broken up. Long texts are cut.
std::string printable(std::string_view text);

/// The same for the name of a file that begins a line: "::error" there is a command for GitHub Actions.
std::string printable_file(std::string_view name);

}  // namespace validate
