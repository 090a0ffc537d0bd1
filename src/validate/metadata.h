#pragma once

#include <string>
#include <string_view>

#include "validate/violation.h"
#include "validate/yaml.h"

namespace validate {

/// Validates `metadata` of an object whose name is a DNS subdomain, as for Secrets and custom resources: types, unknown
/// fields, the forms of names, labels, annotations, finalizers and owner references. The rules are those of ObjectMeta
/// in Kubernetes 1.35 (apimachinery, api/validation and util/validation).
Violations check_metadata(const YamlNode& object);

/// "unknown field "specc"", with the correct name if only its case differs.
std::string unknown_field(const std::string& field, std::initializer_list<std::string_view> known);

// Validate the form of names. Each returns what is wrong, or an empty string.
std::string subdomain_problem(std::string_view name);
std::string label_problem(std::string_view name);
std::string qualified_name_problem(std::string_view name);

/// A text of the input in quotes, for a message; truncated if it is long.
std::string quoted(std::string_view text);

}  // namespace validate
