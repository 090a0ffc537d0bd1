#pragma once

#include <string_view>

namespace validate {

/// crds/servercertificates.yaml and crds/iotdainstances.yaml as they were when the program was built.
extern const std::string_view kServerCertificateDefinition;
extern const std::string_view kInstanceDefinition;

}  // namespace validate
