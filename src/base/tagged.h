#pragma once

#include <compare>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// A text that names something, such as an id. Each kind has a tag and so a type of its own: the compiler rejects an id
/// of one kind where another, or any text, is expected. Only literals are converted implicitly.
template <class Tag>
class Tagged {
 public:
  Tagged() = default;
  explicit Tagged(std::string text) noexcept : text_(std::move(text)) {}
  explicit Tagged(std::string_view text) : text_(text) {}
  template <std::size_t N>
  Tagged(const char (&literal)[N]) : text_(literal) {}  // NOLINT(google-explicit-constructor,*-avoid-c-arrays)

  const std::string& str() const { return text_; }
  std::string_view view() const { return text_; }
  bool empty() const { return text_.empty(); }

  bool operator==(const Tagged&) const = default;
  auto operator<=>(const Tagged&) const = default;

  /// For messages of GoogleTest.
  friend void PrintTo(const Tagged& id, std::ostream* out) { *out << id.text_; }

 private:
  std::string text_;
};

}  // namespace base
