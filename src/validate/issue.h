#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "certificate/finding.h"

namespace validate {

/// What stands for the name of the file where the standard input is meant.
inline constexpr std::string_view kStandardInput = "<stdin>";

/// The reason of the warning for a file without any object.
inline constexpr std::string_view kNothingToCheck = "NothingToCheck";

/// Something wrong in the input. Nothing in it is content of a Secret.
struct Issue {
  certificate::Severity severity = certificate::Severity::kError;
  std::string file;
  std::size_t line = 0;  ///< 0: the file as a whole
  std::string kind;      ///< of the object; empty if there is none, as for PEM files
  std::string ns;
  std::string name;
  std::string reason;
  std::string message;
  std::string hint;

  bool operator==(const Issue&) const = default;
  /// "Secret prod/a", "IoTDAInstance default", or empty.
  std::string object() const;
};

/// What could not be read at all.
struct Unusable {
  std::string file;
  std::size_t line = 0;
  std::string message;
};

/// How many objects were looked at.
struct Checked {
  std::size_t certificates = 0;
  std::size_t instances = 0;
  std::size_t secrets = 0;
  std::size_t contents = 0;   ///< of Secrets: certificate and key in them
  std::size_t pem_files = 0;  ///< pairs of certificate and key
  std::size_t others = 0;     ///< objects of other kinds: not looked at

  bool nothing() const { return certificates + instances + secrets + pem_files == 0; }
  /// "1 ServerCertificate, 2 Secrets (the content of 1); 3 objects of other kinds were passed over".
  std::string to_text() const;
};

struct Report {
  std::vector<Issue> errors;
  std::vector<Issue> warnings;
  std::vector<Unusable> unusable;
  Checked checked;

  void add(Issue issue);
  /// In the order of lines and of `files`, which are all that issues are about; each issue once.
  void sort(const std::vector<std::string>& files);
  /// 0: nothing wrong, 1: errors, 2: unusable input. Warnings do not count.
  int exit_code() const;
};

}  // namespace validate
