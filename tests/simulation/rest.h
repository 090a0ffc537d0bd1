#pragma once

#include <set>
#include <string>

namespace simulation {

class World;

/// From here on nothing goes wrong; lets everything come to rest and checks that it is as it should be: what can be
/// Ready is Ready, the ledger and the platform agree, nothing is written or called any more but the list of each
/// resync, and a change is seen at once. Throws Violation.
void come_to_rest(World& world);

/// What must be so at rest. An object can be Ready if it is neither suspended nor being deleted, its instance exists
/// and works, and its Secret holds a valid pair, unless
/// - another object has the same chain and a use for it,
/// - the platform has the chain from somebody else, and the object adopts nothing,
/// - its instance is being deleted, or
/// - there is no slot: as many entries and foreign certificates as the quota, each of which has a reason to be there.
void check_rest(const World& world);

/// The same for each object but these.
void check_others(const World& world, const std::set<std::string>& but);

}  // namespace simulation
