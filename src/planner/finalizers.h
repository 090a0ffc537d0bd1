#pragma once

#include "planner/draft.h"

// Whoever holds something on the platform has a finalizer, and nobody else.
namespace planner {

/// An owner of a certificate without finalizer gets it: an heir, or an object whose finalizer was removed by hand.
Action add_finalizers(Draft& d);

/// Objects that are being deleted and own nothing on the platform lose their finalizer.
Action remove_finalizers(Draft& d);

}  // namespace planner
