#include "validate/documents.h"

#include <string_view>
#include <utility>

namespace validate {
namespace {

/// "---" alone or followed by something, but not "-----BEGIN CERTIFICATE-----".
bool separates(std::string_view line) {
  if (!line.starts_with("---")) return false;
  line.remove_prefix(3);
  return line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '\r' || line.front() == '\n';
}

}  // namespace

bool Documents::next(DocumentText& document) {
  document.too_long = false;
  document.text = std::exchange(separator_, {});
  document.line = document.text.empty() ? line_ + 1 : line_;
  document.offset = offset_ - static_cast<std::streamoff>(document.text.size());
  bool any = !document.text.empty();
  std::string line;
  while (std::getline(stream_, line)) {
    ++line_;
    if (!stream_.eof()) line += '\n';
    offset_ += static_cast<std::streamoff>(line.size());
    if (separates(line) && any) {
      separator_ = std::move(line);
      return true;
    }
    any = true;
    if (document.text.size() + line.size() > kMaxDocument) document.too_long = true;
    if (!document.too_long) document.text += line;
  }
  return any;
}

}  // namespace validate
