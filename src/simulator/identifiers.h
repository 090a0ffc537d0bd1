#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace simulator {

/// Makes ids of 24 lower-case hex characters: 16 of time, 8 random. A later id is always the greater one, also if
/// the clock stands still or goes back, so the newest come first in descending order. Not thread-safe.
class Identifiers {
 public:
  std::string next(base::SystemTime now);

  /// Makes sure that later ids are greater than this one of an earlier run.
  void skip_to(std::string_view id);

 private:
  std::uint64_t last_ = 0;
};

/// 24 lower-case hex characters.
bool is_identifier(std::string_view s);

}  // namespace simulator
