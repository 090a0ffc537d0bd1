#pragma once

#include <string>

namespace validate {

/// crds/servercertificates.yaml and crds/iotdainstances.yaml as they were when the program was built.
extern const std::string kServerCertificateDefinition;
extern const std::string kInstanceDefinition;

}  // namespace validate
