#include "certificate/finding.h"

#include <algorithm>

namespace certificate {

std::string describe(const Finding& finding) {
  std::string text;
  if (finding.line != 0) text = "line " + std::to_string(finding.line) + ": ";
  text += finding.message;
  if (!finding.hint.empty()) text += ": " + finding.hint;
  return text;
}

std::string unreadable(Part part) {
  switch (part) {
    case Part::kCertificate:
      return "InvalidCertificate";
    case Part::kPrivateKey:
      return "InvalidPrivateKey";
    case Part::kPassword:
      break;
  }
  return "PasswordInvalid";
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kError; });
}

}  // namespace certificate
