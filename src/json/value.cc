#include "json/value.h"

#include <cstring>
#include <simdjson.h>
#include <type_traits>

#include "base/secret.h"

namespace json {

namespace dom = simdjson::dom;

struct Document::Impl {
  dom::parser parser;
};

namespace {

static_assert(sizeof(dom::element) == 16 && alignof(dom::element) <= 8 && std::is_trivially_copyable_v<dom::element>);

dom::element load(const std::array<std::byte, 16>& from) {
  dom::element e;
  std::memcpy(static_cast<void*>(&e), from.data(), sizeof e);
  return e;
}

std::array<std::byte, 16> store(const dom::element& e) {
  std::array<std::byte, 16> to{};
  std::memcpy(to.data(), static_cast<const void*>(&e), sizeof e);
  return to;
}

}  // namespace

Value Value::operator[](std::string_view key) const {
  Value v;
  if (!present_) return v;
  dom::object object;
  dom::element member;
  if (load(element_).get_object().get(object) != simdjson::SUCCESS) return v;
  if (object.at_key(key).get(member) != simdjson::SUCCESS) return v;
  v.element_ = store(member);
  v.present_ = true;
  return v;
}

Value Value::path(std::string_view dotted) const {
  Value v = *this;
  while (true) {
    const auto dot = dotted.find('.');
    v = v[dotted.substr(0, dot)];
    if (dot == std::string_view::npos) return v;
    dotted.remove_prefix(dot + 1);
  }
}

bool Value::is_null() const {
  return !present_ || load(element_).is_null();
}
bool Value::is_object() const {
  return present_ && load(element_).is_object();
}
bool Value::is_array() const {
  return present_ && load(element_).is_array();
}

std::optional<std::string_view> Value::string() const {
  std::string_view s;
  if (!present_ || load(element_).get_string().get(s) != simdjson::SUCCESS) return std::nullopt;
  return s;
}

std::optional<std::int64_t> Value::integer() const {
  std::int64_t i = 0;
  if (!present_ || load(element_).get_int64().get(i) != simdjson::SUCCESS) return std::nullopt;
  return i;
}

std::optional<bool> Value::boolean() const {
  bool b = false;
  if (!present_ || load(element_).get_bool().get(b) != simdjson::SUCCESS) return std::nullopt;
  return b;
}

std::size_t Value::size() const {
  dom::array array;
  if (!present_ || load(element_).get_array().get(array) != simdjson::SUCCESS) return 0;
  return array.size();
}

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  dom::array array;
  if (!present_ || load(element_).get_array().get(array) != simdjson::SUCCESS) return out;
  for (const dom::element e : array) {
    Value v;
    v.element_ = store(e);
    v.present_ = true;
    out.push_back(v);
  }
  return out;
}

std::vector<std::pair<std::string_view, Value>> Value::members() const {
  std::vector<std::pair<std::string_view, Value>> out;
  dom::object object;
  if (!present_ || load(element_).get_object().get(object) != simdjson::SUCCESS) return out;
  for (const auto field : object) {
    Value v;
    v.element_ = store(field.value);
    v.present_ = true;
    out.emplace_back(field.key, v);
  }
  return out;
}

std::string Value::dump() const {
  return present_ ? simdjson::minify(load(element_)) : "null";
}

base::Result<Document, ParseError> Document::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  dom::element root;
  // Copies the text into a padded buffer of the parser.
  const auto error = impl->parser.parse(text.data(), text.size(), /*realloc_if_needed=*/true).get(root);
  base::wipe_stack();  // the parser copies the last bytes of the text to its stack
  if (error != simdjson::SUCCESS) return base::Err(ParseError{simdjson::error_message(error)});
  Document document(std::move(impl));
  document.root_.element_ = store(root);
  document.root_.present_ = true;
  return document;
}

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

}  // namespace json
