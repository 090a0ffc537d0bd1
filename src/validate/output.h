#pragma once

#include <string>

#include "validate/issue.h"

namespace validate {

/// A line for each finding: "FILE:LINE: KIND NAMESPACE/NAME: REASON: MESSAGE: HINT"; warnings under a heading of their
/// own, behind the errors; at the end what was checked. Safe for terminals and logs (printable()).
std::string to_text(const Report& report);

/// {"errors": […], "warnings": […], "unusable": […], "checked": {…}}: the fields of Issue, Unusable and Checked.
std::string to_json(const Report& report);

/// SARIF 2.1.0, for code scanning: one run with all of it. Places are relative URI references (RFC 3986); what was read
/// from the standard input has none.
std::string to_sarif(const Report& report, const std::string& version);

}  // namespace validate
