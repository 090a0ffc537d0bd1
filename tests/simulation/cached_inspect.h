#pragma once

#include "base/time.h"
#include "certificate/inspect.h"

namespace simulation {

/// certificate::inspect(), asked only about what it was not asked about yet: it is what would cost most of the time,
/// always for the same few pairs.
certificate::Verdict cached_inspect(const certificate::Material& material, base::SystemTime now);

}  // namespace simulation
