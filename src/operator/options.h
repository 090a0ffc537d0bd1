#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "operator/observation.h"

namespace controller {

/// What `iotda-operator run` was told on its command line.
struct Options {
  std::string kubeconfig;  ///< empty: the Pod's own configuration
  std::string ns;          ///< where credentials and the Lease are; empty: that of the Pod, else iotda-system
  std::vector<std::string> watch_namespaces;  ///< empty: all
  std::vector<std::string> credentials_namespaces;
  bool leader_elect = false;
  std::string metrics_address = ":8080";
  std::string health_address = ":8081";
  Timing timing;
  int workers = 4;
};

}  // namespace controller
