#pragma once

#include "controller/round.h"

// Lists the domain configurations of the platform.
namespace controller {

/// The list becomes the current one, or the reason why there is none is noted. False: the platform cannot be called at
/// all, so the inventory ends.
bool list_domains(Round& r);

/// Removes from the list what the operator has deleted: a list may lag.
void drop_removed(const Round& r, DomainInventory& inventory);

}  // namespace controller
