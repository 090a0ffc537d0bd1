#include "http/line_splitter.h"

namespace http {
namespace {

// A larger buffer is freed after its line, so that one large object does not use memory for the rest of a watch.
constexpr std::size_t kKeptCapacity = 64U << 10U;

}  // namespace

LineSplitter::Outcome LineSplitter::feed(std::string_view piece, const OnLine& on_line) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    if (rest_.size() + part.size() > max_line_) return Outcome::kTooLong;
    if (end == std::string_view::npos) {
      rest_.append(part);
      return Outcome::kMore;
    }
    piece.remove_prefix(end + 1);

    bool more = false;
    if (rest_.empty()) {
      more = on_line(part);
    } else {
      rest_.append(part);
      more = on_line(rest_);
      rest_.clear();
      if (rest_.capacity() > kKeptCapacity) rest_.shrink_to_fit();
    }
    if (!more) return Outcome::kStopped;
  }
  return Outcome::kMore;
}

}  // namespace http
