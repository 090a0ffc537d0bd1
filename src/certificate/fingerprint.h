#pragma once

#include "base/tagged.h"

namespace certificate {

/// "sha256:<hex>" over the concatenated DER of a chain.
using Fingerprint = base::Tagged<struct FingerprintTag>;

}  // namespace certificate
