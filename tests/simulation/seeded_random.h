#pragma once

#include <cstdint>

namespace simulation {

/// What os::random_hex and os::random_unit give from now on. This program has its own definitions of both, which
/// the linker takes instead of those of the library.
void seed_random(std::uint64_t seed);

}  // namespace simulation
