#pragma once

namespace simulation {

class World;

/// People do what a message or docs/troubleshooting.md tells them to, for each object and entry that waits for a
/// person, and it must help while the trouble lasts. Throws Violation.
void try_ways_out(World& world);

}  // namespace simulation
