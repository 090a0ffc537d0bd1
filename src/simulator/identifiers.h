#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace simulator {

/// Creates ids of 24 lower-case hex characters: 16 for the time, 8 random. A later id is always greater, even if the
/// clock stops or goes back, so that descending order has the newest first. Not thread-safe.
class Identifiers {
 public:
  std::string next(base::SystemTime now);

  /// Makes later ids greater than this id from an earlier run.
  void skip_to(std::string_view id);

 private:
  std::uint64_t last_ = 0;
};

/// 24 lower-case hex characters.
bool is_identifier(std::string_view s);

}  // namespace simulator
