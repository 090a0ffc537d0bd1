#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "certificate/finding.h"

namespace validate {

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

struct Report {
  std::vector<Issue> errors;
  std::vector<Issue> warnings;
  std::vector<Unusable> unusable;

  void add(Issue issue);
  /// In the order of lines and of `files`, which are all that issues are about; each issue once.
  void sort(const std::vector<std::string>& files);
  /// 0: nothing wrong, 1: errors, 2: unusable input. Warnings do not count.
  int exit_code() const;
};

}  // namespace validate
