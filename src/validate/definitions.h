#pragma once

#include <string_view>

namespace validate {

/// crds/servercertificates.yaml and crds/iotdainstances.yaml as they were at build time.
extern const std::string_view kServerCertificateDefinition;
extern const std::string_view kInstanceDefinition;

}  // namespace validate
