#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "director.h"
#include "story.h"

namespace simulation {

/// What goes wrong in a small world: at which of its calls, counted from 0, and how.
struct Mishap {
  std::size_t call = 0;
  Fate fate;
};

struct SmallWorldsResult {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::optional<std::string> violation;  ///< with the world and its mishaps
};

/// Every scenario with every single mishap at every call, and with every crash before and after every other mishap. Of
/// `parts` equal shares only the one with number `part`, so that several processes can share the work. Ends at the
/// first violation, after telling its story.
SmallWorldsResult run_small_worlds(std::uint64_t part, std::uint64_t parts);

}  // namespace simulation
