#include "validate/printable.h"

#include "base/text.h"

namespace validate {
namespace {

constexpr std::size_t kMaxLength = 2000;

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : base::printable(text)) {
    if (c == '#' && out.ends_with('#')) {
      out += "\\x23";
    } else {
      out += c;
    }
  }
  return base::truncate(out, kMaxLength);
}

std::string printable_file(std::string_view name) {
  const std::string text = printable(name);
  return text.starts_with(':') ? "./" + text : text;
}

}  // namespace validate
