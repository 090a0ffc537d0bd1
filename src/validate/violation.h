#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace validate {

/// Why the API server refuses an object.
struct Violation {
  std::size_t line = 0;
  std::string message;  ///< "spec.secretRef.name: Required value"
  std::string hint{};   ///< empty if the message is enough
};

using Violations = std::vector<Violation>;

}  // namespace validate
