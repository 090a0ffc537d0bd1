#pragma once

#include "controller/round.h"

// Writes the ledger.
namespace controller {

/// Writes both ledgers by compare-and-swap, after it has confirmed that no owner loses a domain that it still wants.
/// Gives the rights to send what the new ledgers reserve.
Step write_ledger(Round& r, const WriteLedger& action);

}  // namespace controller
