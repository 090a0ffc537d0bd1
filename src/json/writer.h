#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace json {

/// Writes compact JSON (RFC 8259) into a string that it owns. The caller keeps begin and end in balance.
///
///   json::Writer w;
///   w.begin_object().member("name", "a").key("sizes").begin_array().value(1).value(2).end_array().end_object();
///   w.text();  // {"name":"a","sizes":[1,2]}
class Writer {
 public:
  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);

  Writer& value(std::string_view s);
  Writer& value(const char* s) { return value(std::string_view(s)); }
  Writer& value(const std::string& s) { return value(std::string_view(s)); }
  Writer& value(bool b) { return raw(b ? "true" : "false"); }
  template <std::integral I>
  Writer& value(I i) {
    return raw(std::to_string(i));
  }
  Writer& null() { return raw("null"); }
  /// Text that is already JSON.
  Writer& raw(std::string_view json);

  template <class T>
  Writer& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  Writer& open(char c);
  Writer& close(char c);
  void separate();
  std::string out_;
  bool first_ = true;  // whether the next value needs no comma before it
};

}  // namespace json
