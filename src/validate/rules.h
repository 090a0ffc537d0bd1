#pragma once

#include <string>

#include "validate/yaml.h"

namespace validate {

enum class RuleVerdict {
  kHolds,
  kBroken,
  kUnknown,  ///< about a change of an object, or not known here: the API server decides
};

/// What a CEL rule of the definitions (x-kubernetes-validations) says of `self`, which has its defaults. The rules are
/// known by their text; a test makes sure that all of the definitions are, but for those about changes (oldSelf).
RuleVerdict judge_rule(const std::string& cel, const YamlNode& self);

}  // namespace validate
