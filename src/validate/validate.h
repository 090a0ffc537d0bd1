#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "certificate/inspect.h"
#include "validate/issue.h"

namespace validate {

struct Options {
  std::vector<std::string> files;  ///< of YAML; "-" is the standard input
  std::string certificate_file;    ///< of PEM, beside the files or instead; empty for none
  std::string private_key_file;
  std::string password_file;  ///< its first line
  std::string domain;         ///< that the certificate of certificate_file is to serve
  bool allow_missing_references = false;
  bool allow_empty = false;  ///< an input without any object is fine
  base::Duration expiry_warning = certificate::kExpiryWarning;
};

/// Checks objects and PEM files as the operator and the API server would at `now`, without either. Reads files twice,
/// one document at a time; what cannot be read twice (the standard input, pipes) is kept in memory. Errors of files are
/// in the report.
Report validate(const Options& options, std::istream& standard_input, base::SystemTime now);

}  // namespace validate
