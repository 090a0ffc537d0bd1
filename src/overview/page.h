#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "overview/text.h"

namespace overview {

enum class Colour { kNone, kRed, kYellow, kGreen, kDim };

/// Builds text for a terminal. What it is given may contain anything: it is cleaned first.
class Page {
 public:
  Page(const TextStyle& style, base::SystemTime now) : style_(style), now_(now) {}

  /// `text` in one line, without control characters, and in ASCII where the terminal needs that.
  std::string clean(std::string_view text) const;
  /// `clean` text in a colour, filled with spaces to `columns`.
  std::string paint(Colour colour, const std::string& clean, std::size_t columns = 0) const;
  const char* symbol(const char* unicode, const char* ascii) const { return style_.unicode ? unicode : ascii; }
  std::size_t width() const { return static_cast<std::size_t>(style_.width); }

  /// A line of clean or painted text.
  void line(const std::string& text) { out_ += text + "\n"; }
  /// `text` after `lead`, whose columns are known, and further lines under it.
  void paragraph(const std::string& lead, std::size_t lead_columns, std::string_view text, Colour colour);
  /// What to do. A command stays in one line, to be copied.
  void advice(std::size_t indent, const std::vector<std::string>& lines);

  /// "3 h", the time since or until `time` (RFC 3339), in one unit; empty if it is not known.
  std::string distance(const std::string& time) const;
  /// "expires in 71 d", "expired 3 d ago"; empty if it is not known.
  std::string expires(const std::string& expiry) const;
  std::string take() { return std::move(out_); }

  /// The columns of clean text.
  static std::size_t columns(std::string_view text);

 private:
  TextStyle style_;
  base::SystemTime now_;
  std::string out_;
};

}  // namespace overview
