#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace validate {

/// Longer ones are not read: no object that Kubernetes stores comes near it.
inline constexpr std::size_t kMaxDocument = std::size_t{16} << 20U;

/// One document of a YAML stream.
struct DocumentText {
  std::string text;
  std::size_t line = 1;       ///< of its first line
  std::streamoff offset = 0;  ///< in bytes, where it begins
  bool too_long = false;      ///< over kMaxDocument; the text is cut off
};

/// Splits a stream into its documents, which lines with "---" separate; holds one at a time.
class Documents {
 public:
  explicit Documents(std::istream& stream) : stream_(stream) {}

  /// False at the end.
  bool next(DocumentText& document);

 private:
  std::istream& stream_;
  std::string separator_;  // the line that began the next document, with its line break
  std::size_t line_ = 0;   // lines read
  std::streamoff offset_ = 0;
};

}  // namespace validate
