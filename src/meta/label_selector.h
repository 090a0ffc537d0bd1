#pragma once

#include <map>
#include <string>
#include <vector>

#include "json/value.h"

namespace meta {

using Labels = std::map<std::string, std::string>;

/// A label selector of Kubernetes (meta/v1, LabelSelector): all of it must match; an empty one matches everything.
struct LabelSelector {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist, kOther };
  struct Requirement {
    std::string key;
    Operator op = Operator::kOther;  ///< kOther matches nothing
    std::vector<std::string> values;
  };
  Labels labels;
  std::vector<Requirement> requirements;

  bool matches(const Labels& of) const;
};

LabelSelector parse_label_selector(const json::Value& selector);

}  // namespace meta
