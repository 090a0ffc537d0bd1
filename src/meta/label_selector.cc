#include "meta/label_selector.h"

#include <algorithm>

namespace meta {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
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
           if (wanted.op == "In") return in;
           if (wanted.op == "NotIn") return !in;
           if (wanted.op == "Exists") return present;
           return wanted.op == "DoesNotExist" && !present;
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
    parsed.requirements.push_back({item["key"].string_or(""), item["operator"].string_or(""), std::move(values)});
  }
  return parsed;
}

}  // namespace meta
