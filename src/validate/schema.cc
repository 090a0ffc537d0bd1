#include "validate/schema.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/invariant.h"
#include "base/text.h"
#include "validate/metadata.h"
#include "validate/rules.h"

namespace validate {
namespace {

using Type = YamlNode::Type;

/// Length in characters as the API server counts them: code points.
std::size_t length(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool fits(const std::string& type, Type have) {
  if (type == "string") return have == Type::kString;
  if (type == "boolean") return have == Type::kBoolean;
  if (type == "integer") return have == Type::kInteger;
  if (type == "object") return have == Type::kMap;
  return type != "array" || have == Type::kSequence;
}

}  // namespace

struct Schema::Work {
  Violations violations;

  void violation(const YamlNode& at, const std::string& path, const std::string& what) {
    violations.push_back({at.line, path + ": " + what});
  }
};

Schema::Schema(std::string_view definition) {
  auto parsed = parse_yaml(std::string(definition), 1);
  base::must(parsed.ok() && parsed->size() == 1, "the definition is one document");
  definition_ = parsed->front();
  const YamlNode& versions = (*definition_)["spec"]["versions"];
  base::must(versions.items.size() == 1, "the definition has one version");
  spec_ = &(*versions.items.front())["schema"]["openAPIV3Schema"]["properties"]["spec"];
  base::must(spec_->is_map(), "the definition has a schema for spec");
}

Schema::Checked Schema::check(const YamlNode& object) {
  Work work;
  for (const YamlNode::Member& member : object.members) {
    if (member.key == "apiVersion" || member.key == "kind" || member.key == "metadata" || member.key == "spec" ||
        member.key == "status") {
      continue;
    }
    work.violations.push_back({member.line, unknown_field(member.key, {"metadata", "spec", "status"})});
  }
  const YamlNode::Member* spec = object.find("spec");
  if (spec == nullptr || spec->value->is_null()) {
    work.violation(object, "spec", "Required value");
    return {nullptr, std::move(work.violations)};
  }
  YamlPointer complete = check_value(*spec_, spec->value, "spec", work);
  return {complete->is_map() ? complete : nullptr, std::move(work.violations)};
}

/// Returns the value with its defaults.
YamlPointer Schema::check_value(const YamlNode& schema, const YamlPointer& value, const std::string& path, Work& work) {
  const std::string& type = schema["type"].text;
  if (!fits(type, value->type)) {
    work.violation(*value, path, "Invalid value: must be of type " + type);
    return value;
  }
  const std::size_t before = work.violations.size();
  YamlPointer complete = value;
  if (type == "object") {
    complete = check_members(schema, value, path, work);
  } else if (type == "array") {
    check_list(schema, *value, path, work);
  } else if (type == "string") {
    check_text(schema, *value, path, work);
  } else if (type == "integer") {
    const YamlNode& minimum = schema["minimum"];
    const YamlNode& maximum = schema["maximum"];
    if (!minimum.is_null() && value->integer() < minimum.integer()) {
      work.violation(*value, path, "Invalid value: should be greater than or equal to " + minimum.text);
    }
    if (!maximum.is_null() && value->integer() > maximum.integer()) {
      work.violation(*value, path, "Invalid value: should be less than or equal to " + maximum.text);
    }
  }
  // As in the API server: rules are evaluated only for valid values.
  if (work.violations.size() != before) return complete;
  for (const YamlPointer& rule : schema["x-kubernetes-validations"].items) {
    if (judge_rule((*rule)["rule"].text, *complete) == RuleVerdict::kBroken) {
      work.violation(*value, path, "Invalid value: " + (*rule)["message"].text);
    }
  }
  return complete;
}

void Schema::check_list(const YamlNode& schema, const YamlNode& list, const std::string& path, Work& work) {
  const YamlNode& min = schema["minItems"];
  const YamlNode& max = schema["maxItems"];
  const auto size = static_cast<std::int64_t>(list.items.size());
  if (!max.is_null() && size > max.integer()) {
    return work.violation(list, path, "Too many: must have at most " + max.text + " items");
  }
  if (!min.is_null() && size < min.integer()) {
    return work.violation(list, path, "Invalid value: should have at least " + min.text + " items");
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const YamlNode& item = *list.items[i];
    const std::string at = path + "[" + std::to_string(i) + "]";
    check_value(schema["items"], list.items[i], at, work);
    // The key that distinguishes the items of a set or a map.
    std::string key = schema["x-kubernetes-list-type"].text == "set" ? item.text : "";
    for (const YamlPointer& name : schema["x-kubernetes-list-map-keys"].items) key += quoted(item[name->text].text);
    if (!key.empty() && !seen.insert(key).second) work.violation(item, at, "Duplicate value: " + key);
  }
}

YamlPointer Schema::check_members(const YamlNode& schema, const YamlPointer& value, const std::string& path,
                                  Work& work) {
  const YamlNode& properties = schema["properties"];
  const YamlNode& most = schema["maxProperties"];
  if (!most.is_null() && value->members.size() > static_cast<std::size_t>(most.integer())) {
    work.violation(*value, path, "Too many: must have at most " + most.text + " properties");
  }
  auto complete = std::make_shared<YamlNode>(*value);
  complete->members.clear();
  for (const YamlNode::Member& member : value->members) {
    const YamlNode::Member* property = properties.find(member.key);
    if (property == nullptr) property = schema.find("additionalProperties");
    if (property == nullptr) {
      work.violations.push_back({member.line, path + ": unknown field " + quoted(member.key)});
      continue;
    }
    // null counts as absent, so the default applies.
    if (member.value->is_null()) continue;
    complete->members.push_back(
        {member.key, member.line, check_value(*property->value, member.value, path + "." + member.key, work)});
  }
  for (const YamlNode::Member& property : properties.members) {
    const YamlNode::Member* by_default = property.value->find("default");
    if (by_default == nullptr || complete->find(property.key) != nullptr) continue;
    // For a default, the line of the object that lacks the field is reported.
    auto filled = std::make_shared<YamlNode>(*by_default->value);
    filled->line = value->line;
    complete->members.push_back(
        {property.key, value->line, check_value(*property.value, filled, path + "." + property.key, work)});
  }
  for (const YamlPointer& required : schema["required"].items) {
    if (complete->find(required->text) == nullptr)
      work.violation(*value, path + "." + required->text, "Required value");
  }
  return complete;
}

void Schema::check_text(const YamlNode& schema, const YamlNode& value, const std::string& path, Work& work) {
  const YamlNode& min = schema["minLength"];
  const YamlNode& max = schema["maxLength"];
  if (!max.is_null() && length(value.text) > static_cast<std::size_t>(max.integer())) {
    return work.violation(value, path, "Too long: may not be more than " + max.text + " characters");
  }
  if (!min.is_null() && length(value.text) < static_cast<std::size_t>(min.integer())) {
    return work.violation(value, path, "Invalid value: should be at least " + min.text + " characters long");
  }
  const YamlNode& words = schema["enum"];
  const bool known = std::any_of(words.items.begin(), words.items.end(),
                                 [&](const YamlPointer& word) { return word->text == value.text; });
  if (!words.is_null() && !known) {
    std::string all;
    for (const YamlPointer& word : words.items) all += (all.empty() ? "" : ", ") + quoted(word->text);
    return work.violation(value, path, "Unsupported value " + quoted(value.text) + ": supported values: " + all);
  }
  const YamlNode& form = schema["pattern"];
  if (!form.is_null() && !std::regex_search(value.text, pattern(form.text))) {
    work.violation(value, path, "Invalid value " + quoted(value.text) + ": should match " + form.text);
  }
}

const std::regex& Schema::pattern(const std::string& text) {
  const auto found = patterns_.find(text);
  return found != patterns_.end() ? found->second : patterns_.emplace(text, std::regex(text)).first->second;
}

}  // namespace validate
