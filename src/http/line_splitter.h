#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace http {

/// Splits a stream of bytes into lines at '\n'. Each byte is examined once and copied at most once, however the stream
/// is divided into pieces. Not thread-safe.
class LineSplitter {
 public:
  enum class Outcome {
    kMore,     ///< the whole piece was processed; continue
    kStopped,  ///< the callback returned false; the rest of the piece is dropped
    kTooLong,  ///< a line exceeds the size limit
  };
  /// Receives a line without its '\n'; the view is valid during the call. Return false to stop.
  using OnLine = std::function<bool(std::string_view line)>;

  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  /// Processes the next piece of the stream and passes on every line that it completes. After kStopped or kTooLong the
  /// splitter must not be used any more.
  Outcome feed(std::string_view piece, const OnLine& on_line);

  /// The bytes after the last '\n': an unfinished line, if the stream has ended here.
  std::string_view rest() const { return rest_; }

 private:
  std::size_t max_line_;
  std::string rest_;
};

}  // namespace http
