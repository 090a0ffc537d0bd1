#pragma once

#include "prng.h"

namespace simulation {

class World;

/// The credentials are replaced, vanish, cannot be read, or are there again.
void change_credentials(World& world, Prng& prng);
/// From now on calls of the API server about one object fail: a few of them, or all.
void trouble_with_one_object(World& world, Prng& prng, bool lasting);

/// Hours in which one trouble lasts and nothing else happens. Few calls are made, what the statuses say is true,
/// objects that the trouble does not concern get what they need at once, and what the documentation tells people to do
/// works. Throws Violation.
void besiege(World& world, Prng& prng);

}  // namespace simulation
