#include "terminal.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"

namespace programs {
namespace {

constexpr int kNarrowest = 40;
constexpr int kWidest = 160;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
  return value == nullptr ? "" : value;
}

int width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return base::parse_integer<int>(environment("COLUMNS")).value_or(80);
}

/// The locale of characters, as setlocale(3) would choose it.
bool is_utf8() {
  std::string locale;
  for (const char* name : {"LANG", "LC_CTYPE", "LC_ALL"}) {
    if (const std::string value = environment(name); !value.empty()) locale = base::to_lower(value);
  }
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

}  // namespace

bool is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

overview::TextStyle terminal_style() {
  const bool colour = is_terminal() && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return {std::clamp(width(), kNarrowest, kWidest), colour, is_utf8()};
}

}  // namespace programs
