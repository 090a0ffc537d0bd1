#pragma once

#include "controller/round.h"

// Takes an inventory of the platform.
namespace controller {

/// Lists the certificates and, if any object or entry has a domain, the domain configurations. The list becomes the
/// current inventory. If it cannot be completed, the previous one stays.
Step take_inventory(Round& r);

}  // namespace controller
