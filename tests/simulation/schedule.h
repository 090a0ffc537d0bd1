#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "feature.h"
#include "story.h"

namespace simulation {

struct Outcome {
  std::uint64_t steps = 0;
  std::optional<std::string> violation;
};

/// Runs the schedule that follows from `seed`, with some of the features: at first everything that can happen, then
/// nothing goes wrong any more and all must come to rest as it should.
Outcome run_schedule(std::uint64_t seed, const Features& features, Story& story);

}  // namespace simulation
