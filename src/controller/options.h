#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "controller/vocabulary.h"
#include "http/transport.h"

// The settings of the controller.
namespace controller {

/// The command line of `iotda-operator run`.
struct Options {
  std::string kubeconfig;  ///< empty: in-cluster configuration
  std::string ns;          ///< of credentials and the Lease; empty: that of the Pod, otherwise iotda-system
  std::vector<std::string> watch_namespaces;  ///< empty: all
  std::vector<std::string> credentials_namespaces;
  bool leader_elect = false;
  std::string metrics_address = ":8080";
  std::string health_address = ":8081";
  Timing timing;
  int workers = 4;
  /// Wraps each transport of the operator, for tests. Not set in production.
  std::function<std::unique_ptr<http::Transport>(std::unique_ptr<http::Transport>)> decorate_transport{};
};

}  // namespace controller
