#pragma once

#include "controller/round.h"

// Reads Secrets and checks what is in them.
namespace controller {

/// Reads the Secrets of the objects, each Secret once, in turns of the namespaces. What takes too long is left to the
/// next reconcile, so that it does not delay everything else.
Step read_due_secrets(Round& r, const ReadSecrets& action);

}  // namespace controller
