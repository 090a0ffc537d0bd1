#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace validate {

class YamlNode;
using YamlPointer = std::shared_ptr<const YamlNode>;

/// One value of a YAML document: immutable, and shared where an alias repeats it. Reading is forgiving: what is absent
/// reads as null, so that paths can be chained.
class YamlNode {
 public:
  enum class Type { kNull, kBoolean, kInteger, kNumber, kString, kSequence, kMap };
  struct Member {
    std::string key;
    std::size_t line = 0;  ///< of the key
    YamlPointer value;
  };

  Type type = Type::kNull;
  std::size_t line = 0;       ///< in its file, from 1
  std::size_t text_line = 0;  ///< of a literal block ("|"): line of the file above its first line; else 0
  bool binary = false;        ///< a scalar with the tag !!binary: `text` is what its base64 meant
  std::string text;           ///< of a scalar, as it is written
  std::vector<YamlPointer> items;
  std::vector<Member> members;
  std::size_t size = 1;  ///< nodes in it, each as often as aliases repeat it

  /// The member of a map; a null node if this is no map or has no such member.
  const YamlNode& operator[](std::string_view key) const;
  const Member* find(std::string_view key) const;
  bool is_null() const { return type == Type::kNull; }
  bool is_map() const { return type == Type::kMap; }
  bool is_string() const { return type == Type::kString; }
  bool is_true() const;
  /// The text of a string, else `otherwise`.
  std::string string_or(std::string_view otherwise) const;
};

/// What is wrong with a YAML text, and on which line of its file; no content of it.
struct YamlError {
  std::size_t line = 0;
  std::string message;
};

/// The values of a document, which begins on `first_line` of its file: mostly one, none if it holds only comments. It
/// is read as kubectl does (go-yaml 2): in UTF-8 without control characters; scalars are of the types of YAML 1.1 (yes
/// and on are booleans), !!binary is decoded; anchors, aliases and merge keys are resolved. A text of JSON is read as
/// such, several values of it one behind the other. An error are also, beyond kubectl, keys that a map has twice (it
/// takes the last), what stands behind "..." (it ignores that), and aliases that repeat more than 1,000,000 nodes.
base::Result<std::vector<YamlPointer>, YamlError> parse_yaml(const std::string& text, std::size_t first_line);

}  // namespace validate
