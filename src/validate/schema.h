#pragma once

#include <cstddef>
#include <map>
#include <regex>
#include <string>
#include <string_view>

#include "validate/violation.h"
#include "validate/yaml.h"

namespace validate {

/// The schema of a CustomResourceDefinition (of its only version), applied as by the API server: types, bounds,
/// patterns, required and unknown fields, enums and CEL rules. Not thread-safe.
class Schema {
 public:
  /// `definition` is the YAML of a CustomResourceDefinition of this project; otherwise this aborts.
  explicit Schema(std::string_view definition);

  struct Checked {
    YamlPointer spec;  ///< with its defaults; null if the object has no spec
    Violations violations;
  };

  /// Validates an object except its metadata: the spec, and the names of the other fields.
  Checked check(const YamlNode& object);

 private:
  struct Work;
  YamlPointer check_value(const YamlNode& schema, const YamlPointer& value, const std::string& path, Work& work);
  void check_list(const YamlNode& schema, const YamlNode& list, const std::string& path, Work& work);
  YamlPointer check_members(const YamlNode& schema, const YamlPointer& value, const std::string& path, Work& work);
  void check_text(const YamlNode& schema, const YamlNode& value, const std::string& path, Work& work);
  const std::regex& pattern(const std::string& text);

  YamlPointer definition_;
  const YamlNode* spec_ = nullptr;
  std::map<std::string, std::regex> patterns_;
};

}  // namespace validate
