#pragma once

#include <string>
#include <string_view>

#include "validate/violation.h"
#include "validate/yaml.h"

namespace validate {

/// What is wrong with `metadata` of an object whose name is a DNS subdomain, as of Secrets and custom resources: types,
/// unknown fields, the forms of names, labels, annotations, finalizers and owners. The rules are those of ObjectMeta in
/// Kubernetes 1.35 (apimachinery, api/validation and util/validation).
Violations check_metadata(const YamlNode& object);

/// "unknown field "specc"", with the right one where it is only written otherwise.
std::string unknown_field(const std::string& field, std::initializer_list<std::string_view> known);

// The forms. Each says what is wrong, empty for nothing.
std::string subdomain_problem(std::string_view name);
std::string label_problem(std::string_view name);
std::string qualified_name_problem(std::string_view name);

/// A text of the input for a message, in quotes; cut if it is long.
std::string quoted(std::string_view text);

}  // namespace validate
