#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "certificate/inspect.h"

namespace certificate {

/// So that a failed expectation says what was found.
inline void PrintTo(const Finding& f, std::ostream* out) {
  *out << f.reason << ": " << describe(f);
}

/// "Reason 3" of each error and "warning Reason 3" of each warning, with the line where there is one.
inline std::vector<std::string> summary(const Findings& findings) {
  std::vector<std::string> all;
  for (const Finding& f : findings) {
    all.push_back((f.severity == Severity::kWarning ? "warning " : "") + f.reason +
                  (f.line != 0 ? " " + std::to_string(f.line) : ""));
  }
  return all;
}

}  // namespace certificate
