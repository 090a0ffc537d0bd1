#include "meta/label_selector.h"

#include <algorithm>
#include <string_view>

namespace meta {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

LabelSelector::Operator parse_operator(std::string_view text) {
  using Operator = LabelSelector::Operator;
  if (text == "In") return Operator::kIn;
  if (text == "NotIn") return Operator::kNotIn;
  if (text == "Exists") return Operator::kExists;
  if (text == "DoesNotExist") return Operator::kDoesNotExist;
  return Operator::kOther;
}

}  // namespace

bool LabelSelector::matches(const Labels& of) const {
  const auto has = [&](const auto& label) {
    const auto it = of.find(label.first);
    return it != of.end() && it->second == label.second;
  };
  return std::all_of(labels.begin(), labels.end(), has) &&
         std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& wanted) {
           const auto it = of.find(wanted.key);
           const bool present = it != of.end();
           const bool in = present && contains(wanted.values, it->second);
           switch (wanted.op) {
             case Operator::kIn:
               return in;
             case Operator::kNotIn:
               return !in;
             case Operator::kExists:
               return present;
             case Operator::kDoesNotExist:
               return !present;
             case Operator::kOther:
               return false;
           }
           return false;
         });
}

LabelSelector parse_label_selector(const json::Value& selector) {
  LabelSelector parsed;
  for (const auto& [key, value] : selector["matchLabels"].members()) {
    parsed.labels[std::string(key)] = value.string_or("");
  }
  for (const json::Value& item : selector["matchExpressions"].items()) {
    std::vector<std::string> values;
    for (const json::Value& value : item["values"].items()) values.push_back(value.string_or(""));
    parsed.requirements.push_back(
        {item["key"].string_or(""), parse_operator(item["operator"].string_or("")), std::move(values)});
  }
  return parsed;
}

}  // namespace meta
