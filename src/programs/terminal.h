#pragma once

#include "overview/text.h"

namespace programs {

/// Standard output is a terminal, which can redraw.
bool is_terminal();

/// What standard output and the locale can show.
overview::TextStyle terminal_style();

}  // namespace programs
