#include "json/writer.h"

#include "base/text.h"

namespace json {

void Writer::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

Writer& Writer::open(char c) {
  separate();
  out_ += c;
  first_ = true;
  return *this;
}

Writer& Writer::close(char c) {
  out_ += c;
  first_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  value(name);
  out_ += ':';
  first_ = true;
  return *this;
}

Writer& Writer::value(std::string_view s) {
  separate();
  out_ += '"';
  base::append_json_escaped(out_, s);
  out_ += '"';
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace json
