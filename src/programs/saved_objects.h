#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "overview/overview.h"

namespace programs {

/// The IoTDAInstances and ServerCertificates, with their statuses, in files that `kubectl get -o yaml` wrote. The error
/// is a text for people.
base::Result<overview::Objects, std::string> read_saved_objects(const std::vector<std::string>& files);

}  // namespace programs
