#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "controller/vocabulary.h"
#include "http/transport.h"

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
  /// Stands between the operator and each of its transports, for tests; none in the product.
  std::function<std::unique_ptr<http::Transport>(std::unique_ptr<http::Transport>)> decorate_transport{};
};

}  // namespace controller
