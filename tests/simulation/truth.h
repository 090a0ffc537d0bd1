#pragma once

namespace simulation {

class World;

/// What the conditions say against what really is, some time after the last change. Ready is true only for an object
/// that holds the certificate of its Secret, which its domain serves, if it wishes one; Available is true for one whose
/// valid certificate is there, and served. What the credentials do not allow to be seen is judged by the ledger alone.
/// Throws Violation.
void check_truth(const World& world);

}  // namespace simulation
