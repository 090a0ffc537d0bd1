#pragma once

#include <string>

#include "validate/issue.h"

namespace validate {

/// One line for each finding: "FILE:LINE: KIND NAMESPACE/NAME: REASON: MESSAGE: HINT"; warnings after the errors, with
/// a heading; then the number of validated objects. Safe for terminals and logs (printable()).
std::string to_text(const Report& report);

/// {"errors": […], "warnings": […], "unusable": […], "checked": {…}}: the members of Issue, Unusable and Checked.
std::string to_json(const Report& report);

/// SARIF 2.1.0, for code scanning: one run with all findings. Locations are relative URI references (RFC 3986);
/// findings in the standard input have none.
std::string to_sarif(const Report& report, const std::string& version);

}  // namespace validate
