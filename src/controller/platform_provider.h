#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "platform/signing.h"

namespace controller {

/// A way to one instance's platform, or why there is none.
struct PlatformAccess {
  std::shared_ptr<iotda::Platform> platform;
  std::optional<Problem> problem;
  bool transient = false;  ///< the problem is one of the Kubernetes API: ask again soon
  std::optional<platform::Signing> signing;
  std::string revision;  ///< changes with the credentials and the spec: what failed before may work now
};

/// Makes clients for instances from their spec and the Secret with their credentials. Thread-safe.
class PlatformProvider {
 public:
  virtual ~PlatformProvider() = default;
  /// Cheap when nothing changed. While the instance has slots, credentials that were read once are used on after
  /// their Secret is gone, so that a prune in the wrong order strands no certificate.
  virtual PlatformAccess access(const Instance& instance, std::stop_token stop) = 0;
  /// The instance is gone.
  virtual void forget(const std::string& instance) = 0;
};

}  // namespace controller
