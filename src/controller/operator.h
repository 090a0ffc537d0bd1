#pragma once

#include "controller/options.h"

// The controller as a whole.
namespace controller {

/// Runs the controller until SIGTERM or SIGINT, which must be blocked in every thread before this is called. Returns
/// the exit code: 0 after a signal, 1 if it could not start or has lost its Lease; the log has the reason.
int run(const Options& options);

}  // namespace controller
