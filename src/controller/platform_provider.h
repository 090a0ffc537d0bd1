#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "platform/signing.h"

// The port through which the controller gets clients of platform instances.
namespace controller {

/// A client of one platform instance, or why there is none.
struct PlatformAccess {
  std::shared_ptr<iotda::Platform> platform;
  std::optional<Problem> problem;
  bool transient = false;  ///< the problem is an error of the Kubernetes API: try again soon
  std::optional<platform::Signing> signing;
  std::string revision;  ///< changes with credentials and spec, so that what failed before is tried again
};

/// Makes clients for instances from their spec and the Secret with their credentials. Thread-safe.
class PlatformProvider {
 public:
  virtual ~PlatformProvider() = default;
  /// Cheap if nothing changed. While the instance has slots, it continues to use credentials whose Secret was deleted,
  /// so that certificates can still be deleted if GitOps prunes the Secret first.
  virtual PlatformAccess access(const Instance& instance, std::stop_token stop) = 0;
  /// The instance was deleted.
  virtual void forget(const std::string& instance) = 0;
};

}  // namespace controller
