#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace validate {

/// Longer documents are not read: no object in Kubernetes is nearly as large.
inline constexpr std::size_t kMaxDocument = std::size_t{16} << 20U;

/// One document of a YAML stream.
struct DocumentText {
  std::string text;
  std::size_t line = 1;       ///< of its first line
  std::streamoff offset = 0;  ///< start of the document, in bytes
  bool too_long = false;      ///< longer than kMaxDocument; the text is truncated
};

/// Splits a stream into documents at lines with "---"; holds one document at a time.
class Documents {
 public:
  explicit Documents(std::istream& stream) : stream_(stream) {}

  /// False at the end.
  bool next(DocumentText& document);

 private:
  std::istream& stream_;
  std::string separator_;  // the line that started the next document, with its line break
  std::size_t line_ = 0;   // lines read
  std::streamoff offset_ = 0;
};

}  // namespace validate
