#pragma once

#include "controller/round.h"

// Deletes certificates from the platform, in two steps: the decision is written to the ledger, then it is carried out.
namespace controller {

/// Confirms the decision with live reads, of the owner and of the domain configurations, and writes it to the ledger.
Step begin_delete(Round& r, const BeginDelete& action);

/// Deletes the certificate, unless a domain configuration serves it, and removes the entry from the ledger.
Step delete_certificate(Round& r, const Delete& action);

}  // namespace controller
