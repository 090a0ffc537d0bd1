#pragma once

#include "controller/round.h"

// Removes a domain configuration that no object wants.
namespace controller {

/// Deletes the domain configuration, and removes its entry from the ledger. One that another party has created is not
/// deleted: it serves again what it served before the operator took it over.
Step remove_domain(Round& r, const RemoveDomain& action);

}  // namespace controller
