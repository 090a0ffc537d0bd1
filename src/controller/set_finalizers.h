#pragma once

#include "controller/round.h"

// Adds and removes the finalizers.
namespace controller {

/// Before it removes the finalizer of an object, it reads the ledger once more: an entry that the plan did not see must
/// not lose its owner.
Step set_certificate_finalizer(Round& r, const SetCertificateFinalizer& action);
Step set_instance_finalizer(Round& r, const SetInstanceFinalizer& action);

}  // namespace controller
