#pragma once

#include <cstddef>

#include "controller/round.h"

// Writes one status.
namespace controller {

/// Compare-and-swap, because the status has the ledger. kDone does not mean that it was written: see
/// Round::ledger_is().
Step write_instance_status(Round& r, const InstanceStatus& status);

/// Overwrites what other writers have set in the status.
Step write_certificate_status(Round& r, const ServerCertificate& object, const ServerCertificateStatus& status);

/// Tells statuses apart in InstanceMemory::status_writes.
std::size_t digest_of(const ServerCertificateStatus& status);
std::size_t digest_of(const InstanceStatus& status);

}  // namespace controller
