#pragma once

#include "base/tagged.h"

namespace meta {

/// metadata.uid of a Kubernetes object: another object of the same name has another one.
using Uid = base::Tagged<struct UidTag>;

}  // namespace meta
