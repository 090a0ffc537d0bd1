#pragma once

#include <string_view>

// What all pages have in common.
namespace pages {

extern const std::string_view kLook;    ///< style sheet
extern const std::string_view kScript;  ///< module of functions for the scripts of the pages
extern const std::string_view kIcon;    ///< SVG

}  // namespace pages
