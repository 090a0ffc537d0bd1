#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace http {

/// Cuts a stream of bytes into lines at '\n'. Each byte is looked at once and copied at most once, however the stream
/// is cut into pieces. Not thread-safe.
class LineSplitter {
 public:
  enum class Outcome {
    kMore,     ///< all of the piece is taken; go on
    kStopped,  ///< the callback said so; the rest of the piece is dropped
    kTooLong,  ///< a line is over the cap
  };
  /// Gets a line without its '\n'; the view is valid during the call. False stops.
  using OnLine = std::function<bool(std::string_view line)>;

  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  /// Takes the next piece of the stream and hands out every line that it completes. After kStopped or kTooLong the
  /// splitter is of no more use.
  Outcome feed(std::string_view piece, const OnLine& on_line);

  /// What came after the last '\n': an unfinished line, if the stream has ended here.
  std::string_view rest() const { return rest_; }

 private:
  std::size_t max_line_;
  std::string rest_;
};

}  // namespace http
