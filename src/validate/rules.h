#pragma once

#include <string>

#include "validate/yaml.h"

namespace validate {

enum class RuleVerdict {
  kHolds,
  kBroken,
  kUnknown,  ///< about a change of an object, or unknown: only the API server can evaluate it
};

/// Evaluates a CEL rule of the CRDs (x-kubernetes-validations) for `self`, which has its defaults. The rules are
/// identified by their text; a test checks that all rules of the CRDs are known, except those about changes (oldSelf).
RuleVerdict judge_rule(const std::string& cel, const YamlNode& self);

}  // namespace validate
