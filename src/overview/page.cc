#include "overview/page.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "base/time_format.h"

namespace overview {
namespace {

bool is_first_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Greedy; a word that is longer than a line gets one of its own.
std::vector<std::string> wrap(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines(1);
  for (const std::string& word : base::split(text, ' ')) {
    if (word.empty()) continue;
    std::string& last = lines.back();
    if (last.empty()) {
      last = word;
    } else if (Page::columns(last) + 1 + Page::columns(word) <= columns) {
      last += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

std::string in_one_unit(base::Duration d) {
  using std::chrono::duration_cast;
  if (d < std::chrono::minutes(2)) return std::to_string(duration_cast<std::chrono::seconds>(d).count()) + " s";
  if (d < std::chrono::hours(2)) return std::to_string(duration_cast<std::chrono::minutes>(d).count()) + " min";
  const auto hours = duration_cast<std::chrono::hours>(d).count();
  return hours < 48 ? std::to_string(hours) + " h" : std::to_string(hours / 24) + " d";
}

}  // namespace

std::size_t Page::columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_first_byte));
}

std::string Page::clean(std::string_view text) const {
  std::string shown = base::printable(text);
  if (style_.unicode) return shown;
  std::string ascii;
  for (const char c : shown) {
    if (static_cast<unsigned char>(c) < 0x80U) {
      ascii += c;
    } else if (is_first_byte(c)) {
      ascii += '?';
    }
  }
  return ascii;
}

std::string Page::paint(Colour colour, const std::string& clean, std::size_t columns_wanted) const {
  constexpr std::array<const char*, 5> kCodes{"", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m"};
  const std::size_t has = columns(clean);
  const std::string fill(columns_wanted > has ? columns_wanted - has : 0, ' ');
  if (!style_.colour || colour == Colour::kNone || clean.empty()) return clean + fill;
  return kCodes.at(static_cast<std::size_t>(colour)) + clean + "\x1b[0m" + fill;
}

void Page::paragraph(const std::string& lead, std::size_t lead_columns, std::string_view text, Colour colour) {
  const std::size_t room = width() > lead_columns + 20 ? width() - lead_columns : 20;
  std::string start = lead;
  for (const std::string& part : wrap(clean(text), room)) {
    line(start + paint(colour, part));
    start = std::string(lead_columns, ' ');
  }
}

void Page::advice(std::size_t indent, const std::vector<std::string>& lines) {
  const std::string arrow = symbol("→ ", "-> ");
  const std::string lead = std::string(indent, ' ') + arrow;
  for (const std::string& text : lines) {
    if (text.starts_with("kubectl ") || text.starts_with("iotda-operator ")) {
      line(lead + clean(text));
    } else {
      paragraph(lead, indent + columns(arrow), text, Colour::kNone);
    }
  }
}

std::string Page::distance(const std::string& time) const {
  const auto t = base::parse_rfc3339(time);
  return t ? in_one_unit(*t > now_ ? *t - now_ : now_ - *t) : "";
}

std::string Page::expires(const std::string& expiry) const {
  const auto t = base::parse_rfc3339(expiry);
  if (!t) return "";
  return *t > now_ ? "expires in " + distance(expiry) : "expired " + distance(expiry) + " ago";
}

}  // namespace overview
