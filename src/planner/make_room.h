#pragma once

#include "planner/draft.h"

// Frees a slot for a rotation if none is free.
namespace planner {

/// Frees a slot for the rotation of `view`, as its strategy allows: deletes its old certificate, or the certificate of
/// an object that lends its slot. Its effect checks right before the deletion that no domain configuration serves it.
Action make_room(Draft& d, const CertificateView& view, const Slot& old);

}  // namespace planner
