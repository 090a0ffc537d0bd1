#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace validate {

class YamlNode;
using YamlPointer = std::shared_ptr<const YamlNode>;

/// One value of a YAML document: immutable, and shared where an alias repeats it. Reading is lenient: an absent value
/// reads as null, so that calls can be chained.
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
  std::size_t text_line = 0;  ///< of a literal block ("|"): line of the file above its first line; otherwise 0
  bool binary = false;        ///< a scalar with the tag !!binary: `text` is the decoded value
  std::string text;           ///< of a scalar, as it is written
  std::vector<YamlPointer> items;
  std::vector<Member> members;
  std::size_t size = 1;  ///< number of nodes in it, with repetitions through aliases

  /// The member of a map; a null node if this is not a map or has no such member.
  const YamlNode& operator[](std::string_view key) const;
  const Member* find(std::string_view key) const;
  bool is_null() const { return type == Type::kNull; }
  bool is_map() const { return type == Type::kMap; }
  bool is_string() const { return type == Type::kString; }
  bool is_true() const;
  /// The decimal integer that the text begins with; 0 for any other text.
  std::int64_t integer() const;
  /// The text of a string, otherwise `otherwise`.
  std::string string_or(std::string_view otherwise) const;
};

/// What is wrong with a YAML text, and the line in its file; contains no content of the text.
struct YamlError {
  std::size_t line = 0;
  std::string message;
};

/// Parses the values of a document that starts on `first_line` of its file: usually one, none if it has only comments.
/// Same as kubectl (go-yaml 2): UTF-8 without control characters; scalars have the types of YAML 1.1 (yes and on are
/// booleans), !!binary is decoded; anchors, aliases and merge keys are resolved. JSON text is parsed as JSON, with
/// several consecutive values. In addition to kubectl, these are errors: a key that occurs twice in a map (kubectl uses
/// the last one), content after "..." (kubectl ignores it), and aliases that repeat more than 1,000,000 nodes.
base::Result<std::vector<YamlPointer>, YamlError> parse_yaml(const std::string& text, std::size_t first_line);

}  // namespace validate
