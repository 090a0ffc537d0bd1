#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "certificate/finding.h"

namespace validate {

/// Stands for the file name of the standard input.
inline constexpr std::string_view kStandardInput = "<stdin>";

/// The reason of the warning for a file without objects.
inline constexpr std::string_view kNothingToCheck = "NothingToCheck";

/// A problem in the input. Contains no content of a Secret.
struct Issue {
  certificate::Severity severity = certificate::Severity::kError;
  std::string file;
  std::size_t line = 0;  ///< 0: the file as a whole
  std::string kind;      ///< of the object; empty without an object, as for PEM files
  std::string ns;
  std::string name;
  std::string reason;
  std::string message;
  std::string hint;

  bool operator==(const Issue&) const = default;
  /// "Secret prod/a", "IoTDAInstance default", or empty.
  std::string object() const;
};

/// Input that could not be read.
struct Unusable {
  std::string file;
  std::size_t line = 0;
  std::string message;
};

/// The number of validated objects.
struct Checked {
  std::size_t certificates = 0;
  std::size_t instances = 0;
  std::size_t secrets = 0;
  std::size_t contents = 0;   ///< Secrets whose certificate and private key were validated
  std::size_t pem_files = 0;  ///< pairs of certificate and private key
  std::size_t others = 0;     ///< objects of other kinds, which are not validated

  bool nothing() const { return certificates + instances + secrets + pem_files == 0; }
  /// "1 ServerCertificate, 2 Secrets (content validated: 1); skipped 3 of other kinds".
  std::string to_text() const;
};

struct Report {
  std::vector<Issue> errors;
  std::vector<Issue> warnings;
  std::vector<Unusable> unusable;
  Checked checked;

  void add(Issue issue);
  /// Sorts by line, in the order of `files`, which must contain the files of all issues; removes duplicates.
  void sort(const std::vector<std::string>& files);
  /// 0: no errors, 1: errors, 2: unusable input. Warnings are ignored.
  int exit_code() const;
};

}  // namespace validate
