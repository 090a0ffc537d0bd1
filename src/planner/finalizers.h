#pragma once

#include "planner/draft.h"

// An object has a finalizer exactly while it has something on the platform.
namespace planner {

/// Adds the finalizer to an owner of a certificate that lacks it: it took the certificate over, or a user removed the
/// finalizer.
Action add_finalizers(Draft& d);

/// Removes the finalizer from objects that are being deleted and own nothing on the platform.
Action remove_finalizers(Draft& d);

}  // namespace planner
