#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/transport.h"
#include "kube/api.h"
#include "os/clock.h"
#include "overview/overview.h"
#include "planner/observation.h"

// What the commands for people read from the API server, with the credentials of the person.
namespace programs {

/// How a person names the API server, as for kubectl.
struct ClusterOptions {
  std::string kubeconfig;  ///< empty: KUBECONFIG, ~/.kube/config, or the Pod
  std::string context;     ///< empty: the current one
};

/// A connection to the API server. Destroy it before main returns.
class Cluster {
 public:
  static base::Result<Cluster, std::string> connect(const ClusterOptions& options);

  /// The namespace of the context.
  const std::string& ns() const { return ns_; }

  /// All IoTDAInstances and the ServerCertificates of a namespace (empty: of all), with their events if wanted. What
  /// the person has no permission to read, but can be done without, is in `unread`. The error is a text for people.
  base::Result<overview::Objects, std::string> read(const std::string& ns, bool events) const;

  /// The Secrets of an object, checked as by the operator; nothing if the person may not read them.
  std::optional<planner::SecretView> read_secrets(const resources::ServerCertificate& object) const;
  /// Whether the instance allows the namespace.
  bool allows(const resources::Instance& instance, const std::string& ns) const;

 private:
  Cluster() = default;
  std::string ns_;
  std::unique_ptr<os::Clock> clock_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<kube::Api> api_;
};

}  // namespace programs
