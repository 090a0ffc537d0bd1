#pragma once

#include <string>

#include "base/time.h"
#include "controller/round.h"
#include "iotda/platform.h"

// Certificates that the platform has, as the planner sees them.
namespace controller {

PlatformCertificate described(const iotda::ServerCertificate& there, const Fingerprint& fingerprint);

/// The chain of a certificate in the list.
enum class Chain {
  kRead,      ///< its fingerprint is known
  kUnknown,   ///< it cannot be read, and is asked for again later
  kAwaited,   ///< the platform has not responded in time
  kNotShown,  ///< the platform has no certificate with this id, although the list shows it
  kStop,      ///< the platform cannot be asked: end the inventory
};
/// Asks for the chain once for each id, because the chain of an id never changes.
Chain read_chain(Round& r, const iotda::ServerCertificate& there, base::BootTime until, Fingerprint& fingerprint);

}  // namespace controller
