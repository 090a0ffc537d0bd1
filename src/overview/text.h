#pragma once

#include <string>

#include "overview/overview.h"

namespace overview {

/// What the terminal can show.
struct TextStyle {
  int width = 80;        ///< columns
  bool colour = false;   ///< ANSI escape sequences
  bool unicode = false;  ///< otherwise ASCII
};

/// All instances with their slots, and what needs attention. Text from objects cannot control the terminal.
std::string to_text(const Overview& overview, const TextStyle& style);

/// The story of one certificate of `overview`.
std::string to_text(const Overview& overview, const Certificate& certificate, const TextStyle& style);

}  // namespace overview
