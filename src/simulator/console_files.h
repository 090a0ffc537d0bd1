#pragma once

#include <string_view>

namespace simulator {

extern const std::string_view kConsoleHtml;
extern const std::string_view kConsoleScript;

}  // namespace simulator
