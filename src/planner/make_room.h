#pragma once

#include "planner/draft.h"

// A slot for a rotation when all are taken.
namespace planner {

/// Frees a slot for the rotation of `view`, as its strategy allows: by deleting its old certificate, or that of an
/// object that can do without for a moment. Whether something serves these is asked at the time.
Action make_room(Draft& d, const CertificateView& view, const Slot& old);

}  // namespace planner
