#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace json {

struct ParseError {
  std::string message;
};

/// A value inside a Document, or null. Cheap to copy; valid as long as its Document. Reading is lenient: a value that
/// is absent, null or of another type reads as null or as the default, so that calls can be chained.
class Value {
 public:
  Value() = default;

  /// The member of an object; null if this is not an object or has no such member.
  Value operator[](std::string_view key) const;
  /// "a.b.c" for keys without dots.
  Value path(std::string_view dotted) const;

  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  explicit operator bool() const { return !is_null(); }

  std::optional<std::string_view> string() const;
  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;
  std::string string_or(std::string_view otherwise) const { return std::string(string().value_or(otherwise)); }
  std::int64_t integer_or(std::int64_t otherwise) const { return integer().value_or(otherwise); }
  bool boolean_or(bool otherwise) const { return boolean().value_or(otherwise); }

  /// Number of elements of an array, at most 16,777,215; 0 for anything else.
  std::size_t size() const;
  /// Elements of an array, or members of an object in their order; empty for anything else.
  std::vector<Value> items() const;
  std::vector<std::pair<std::string_view, Value>> members() const;

  /// This value as compact JSON.
  std::string dump() const;

 private:
  friend class Document;
  alignas(8) std::array<std::byte, 16> element_{};  // simdjson::dom::element, kept out of this header
  bool present_ = false;
};

/// Parsed JSON text (RFC 8259). Owns the memory of its Values; does not keep a reference to the text. Not thread-safe.
class Document {
 public:
  static base::Result<Document, ParseError> parse(std::string_view text);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Value root() const { return root_; }
  Value operator[](std::string_view key) const { return root_[key]; }

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  Value root_;
};

}  // namespace json
