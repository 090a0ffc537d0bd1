#include "validate/metadata.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace validate {
namespace {

using Type = YamlNode::Type;

constexpr std::size_t kMaxSubdomain = 253;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxAnnotations = std::size_t{256} << 10U;

bool is_lower_or_digit(char c) {
  return base::is_lower(c) || base::is_digit(c);
}

/// "a", "a-b": [a-z0-9]([-a-z0-9]*[a-z0-9])?
bool is_dns_label(std::string_view s) {
  return !s.empty() && is_lower_or_digit(s.front()) && is_lower_or_digit(s.back()) &&
         std::all_of(s.begin(), s.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_dns_subdomain(std::string_view s) {
  for (;;) {
    const std::size_t dot = std::min(s.find('.'), s.size());
    if (!is_dns_label(s.substr(0, dot))) return false;
    if (dot == s.size()) return true;
    s.remove_prefix(dot + 1);
  }
}

/// ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]
bool is_name_part(std::string_view s) {
  return !s.empty() && base::is_alphanumeric(s.front()) && base::is_alphanumeric(s.back()) &&
         std::all_of(s.begin(), s.end(),
                     [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

std::string too_long(std::size_t limit) {
  return "must be no more than " + std::to_string(limit) + " characters";
}

struct Field {
  std::string_view name;
  Type type;
};

constexpr std::array kFields{
    Field{"name", Type::kString},
    Field{"generateName", Type::kString},
    Field{"namespace", Type::kString},
    Field{"selfLink", Type::kString},
    Field{"uid", Type::kString},
    Field{"resourceVersion", Type::kString},
    Field{"generation", Type::kInteger},
    Field{"creationTimestamp", Type::kString},
    Field{"deletionTimestamp", Type::kString},
    Field{"deletionGracePeriodSeconds", Type::kInteger},
    Field{"labels", Type::kMap},
    Field{"annotations", Type::kMap},
    Field{"ownerReferences", Type::kSequence},
    Field{"finalizers", Type::kSequence},
    Field{"managedFields", Type::kSequence},
};

const char* name_of(Type type) {
  switch (type) {
    case Type::kMap:
      return "a map";
    case Type::kSequence:
      return "a list";
    case Type::kInteger:
      return "a number";
    default:
      return "a string";
  }
}

class Check {
 public:
  explicit Check(const YamlNode& object) : object_(object) {}

  Violations run() {
    const YamlNode::Member* member = object_.find("metadata");
    if (member == nullptr || member->value->is_null()) return {};
    const YamlNode& meta = *member->value;
    if (!meta.is_map()) {
      add(member->line, "metadata: Invalid value: must be a map");
      return std::move(found_);
    }
    for (const YamlNode::Member& field : meta.members) check_field(field);
    return std::move(found_);
  }

 private:
  void add(std::size_t line, std::string message, std::string hint = {}) {
    found_.push_back({line, std::move(message), std::move(hint)});
  }

  void check_field(const YamlNode::Member& field) {
    const auto known =
        std::find_if(kFields.begin(), kFields.end(), [&](const Field& each) { return each.name == field.key; });
    if (known == kFields.end()) {
      return add(field.line, "metadata: " + unknown_field(field.key, {"name", "generateName", "namespace", "labels",
                                                                      "annotations", "ownerReferences", "finalizers"}));
    }
    const YamlNode& value = *field.value;
    if (value.is_null()) return;  // same as absent
    const std::string path = "metadata." + field.key;
    if (value.type != known->type) {
      const bool scalar = known->type == Type::kString && !value.is_map() && value.type != Type::kSequence;
      return add(field.line, path + ": Invalid value: must be " + name_of(known->type),
                 scalar ? "enclose it in quotes" : "");
    }
    if (field.key == "name") check(field.line, path, value.text, subdomain_problem(value.text));
    if (field.key == "namespace") check(field.line, path, value.text, label_problem(value.text));
    if (field.key == "generateName") check_prefix(field.line, path, value.text);
    if (field.key == "labels") check_labels(value);
    if (field.key == "annotations") check_annotations(field.line, value);
    if (field.key == "finalizers") check_finalizers(value);
    if (field.key == "ownerReferences") check_owners(value);
  }

  /// An empty value counts as absent.
  void check(std::size_t line, const std::string& path, std::string_view value, const std::string& problem) {
    if (!value.empty() && !problem.empty()) add(line, path + ": Invalid value " + quoted(value) + ": " + problem);
  }

  void check_prefix(std::size_t line, const std::string& path, std::string prefix) {
    // A dash at its end is allowed, because the API server appends a suffix.
    if (prefix.size() > 1 && prefix.ends_with('-')) prefix.back() = 'a';
    check(line, path, prefix, subdomain_problem(prefix));
  }

  bool is_text(const YamlNode::Member& member, const std::string& path) {
    if (member.value->is_string() || member.value->is_null()) return true;
    add(member.line, path + ": Invalid value: must be a string", "enclose it in quotes");
    return false;
  }

  void check_labels(const YamlNode& labels) {
    for (const YamlNode::Member& label : labels.members) {
      const std::string path = "metadata.labels[" + quoted(label.key) + "]";
      if (const std::string problem = qualified_name_problem(label.key); !problem.empty()) {
        add(label.line, "metadata.labels: Invalid key " + quoted(label.key) + ": " + problem);
      }
      if (!is_text(label, path) || label.value->text.empty()) continue;
      const std::string& value = label.value->text;
      if (label.value->is_null()) continue;
      check(label.line, path, value,
            value.size() > kMaxLabel ? too_long(kMaxLabel)
            : is_name_part(value)    ? ""
                                  : "a label value must be empty, or consist of letters, digits, '-', '_' and '.', and "
                                    "begin and end with a letter or digit");
    }
  }

  void check_annotations(std::size_t line, const YamlNode& annotations) {
    std::size_t size = 0;
    for (const YamlNode::Member& annotation : annotations.members) {
      if (const std::string problem = qualified_name_problem(base::to_lower(annotation.key)); !problem.empty()) {
        add(annotation.line, "metadata.annotations: Invalid key " + quoted(annotation.key) + ": " + problem);
      }
      if (is_text(annotation, "metadata.annotations[" + quoted(annotation.key) + "]")) {
        size += annotation.key.size() + (annotation.value->is_null() ? 0 : annotation.value->text.size());
      }
    }
    if (size > kMaxAnnotations) {
      add(line, "metadata.annotations: Too long: may not be more than " + std::to_string(kMaxAnnotations) + " bytes");
    }
  }

  void check_finalizers(const YamlNode& finalizers) {
    for (const YamlPointer& item : finalizers.items) {
      if (!item->is_string()) {
        add(item->line, "metadata.finalizers: Invalid value: must be strings");
      } else if (const std::string problem = qualified_name_problem(item->text); !problem.empty()) {
        add(item->line, "metadata.finalizers: Invalid value " + quoted(item->text) + ": " + problem);
      }
    }
  }

  void check_owners(const YamlNode& owners) {
    for (const YamlPointer& owner : owners.items) {
      if (!owner->is_map()) {
        add(owner->line, "metadata.ownerReferences: Invalid value: must be maps");
        continue;
      }
      for (const YamlNode::Member& field : owner->members) {
        const bool flag = field.key == "controller" || field.key == "blockOwnerDeletion";
        const bool text = field.key == "apiVersion" || field.key == "kind" || field.key == "name" || field.key == "uid";
        const Type type = field.value->type;
        if (!flag && !text) {
          add(field.line, "metadata.ownerReferences: " +
                              unknown_field(field.key, {"apiVersion", "kind", "name", "uid", "controller"}));
        } else if (type != Type::kNull && type != (flag ? Type::kBoolean : Type::kString)) {
          add(field.line, "metadata.ownerReferences." + field.key + ": Invalid value: must be " +
                              (flag ? "true or false" : "a string"));
        }
      }
      for (const std::string_view field : {"apiVersion", "kind", "name", "uid"}) {
        if ((*owner)[field].text.empty()) {
          add(owner->line, "metadata.ownerReferences." + std::string(field) + ": Required value");
        }
      }
    }
  }

  const YamlNode& object_;
  Violations found_;
};

}  // namespace

Violations check_metadata(const YamlNode& object) {
  return Check(object).run();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  base::append_json_escaped(out, base::truncate(text, 64));
  return out + "\"";
}

std::string unknown_field(const std::string& field, std::initializer_list<std::string_view> known) {
  std::string message = "unknown field " + quoted(field);
  for (const std::string_view each : known) {
    if (base::equals_ignoring_case(each, field)) message += "; did you mean " + std::string(each) + "?";
  }
  return message;
}

std::string subdomain_problem(std::string_view name) {
  if (name.size() > kMaxSubdomain) return too_long(kMaxSubdomain);
  if (is_dns_subdomain(name)) return {};
  return "must consist of lower-case letters, digits, '-' and '.', and begin and end with a letter or digit (RFC 1123)";
}

std::string label_problem(std::string_view name) {
  if (name.size() > kMaxLabel) return too_long(kMaxLabel);
  if (is_dns_label(name)) return {};
  return "must consist of lower-case letters, digits and '-', and begin and end with a letter or digit (RFC 1123)";
}

std::string qualified_name_problem(std::string_view name) {
  const std::size_t slash = name.find('/');
  std::string_view part = name;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = name.substr(0, slash);
    part = name.substr(slash + 1);
    if (prefix.size() > kMaxSubdomain || !is_dns_subdomain(prefix)) return "the part before '/' must be a domain name";
  }
  if (part.size() > kMaxLabel) return "the name " + too_long(kMaxLabel);
  if (is_name_part(part)) return {};
  return "must consist of letters, digits, '-', '_' and '.', and begin and end with a letter or digit, with an "
         "optional prefix of a domain name and '/'";
}

}  // namespace validate
