#pragma once

#include <string>

#include "validate/issue.h"

namespace validate {

/// A line for each finding: "FILE:LINE: KIND NAMESPACE/NAME: REASON: MESSAGE: HINT"; warnings under a heading of their
/// own, behind the errors.
std::string to_text(const Report& report);

/// {"errors": […], "warnings": […], "unusable": […]}: the fields of Issue and Unusable under their names.
std::string to_json(const Report& report);

/// SARIF 2.1.0, for code scanning: one run with all of it.
std::string to_sarif(const Report& report, const std::string& version);

}  // namespace validate
