#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/time.h"
#include "certificate/inspect.h"
#include "validate/issue.h"

namespace validate {

struct Options {
  std::vector<std::string> files;  ///< of YAML; "-" is the standard input
  std::string certificate_file;    ///< PEM files, in addition to the objects or instead of them; empty for none
  std::string private_key_file;
  std::string password_file;  ///< its first line is the password
  std::string domain;         ///< domain name that the certificate in certificate_file must be valid for
  bool allow_missing_references = false;
  bool allow_empty = false;  ///< allow input without any object
  base::Duration expiry_warning = certificate::kExpiryWarning;
};

/// Validates objects and PEM files as the operator and the API server would at `now`, without using either. Reads files
/// twice, one document at a time; input that cannot be read twice (standard input, pipes) is kept in memory. Errors of
/// files are in the report.
Report validate(const Options& options, std::istream& standard_input, base::SystemTime now);

}  // namespace validate
