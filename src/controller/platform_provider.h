#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "platform/signing.h"

// The port through which the controller gets clients of platform instances.
namespace controller {

/// Access to the platform of one instance, or why there is none.
struct PlatformAccess {
  std::shared_ptr<iotda::Platform> platform;
  std::optional<Problem> problem;
  bool transient = false;  ///< the problem is an error of the Kubernetes API: try again soon
  std::optional<platform::Signing> signing;
  std::string revision;    ///< changes with credentials and spec, so that what failed before is tried again
  std::string project_id;  ///< empty: not known yet
  std::string
      credentials;  ///< for users: where they come from, and until when they are valid; empty: the Secret in spec
  std::optional<Problem> warning;       ///< new credentials cannot be used, so `platform` uses the former ones
  std::optional<base::BootTime> retry;  ///< when a problem or a warning can have ended
};

/// From when to when credentials can be used.
struct CredentialsLifetime {
  base::SystemTime fetched;
  base::SystemTime expires;
};

/// Makes clients for instances from their spec and credentials. Thread-safe.
class PlatformProvider {
 public:
  virtual ~PlatformProvider() = default;
  /// Cheap when nothing changed; otherwise it blocks for the requests that get the credentials. While the instance has
  /// slots, credentials that were read once stay in use after their Secret is deleted, so that a prune in the wrong
  /// order strands no certificate.
  virtual PlatformAccess access(const Instance& instance, std::stop_token stop) = 0;
  /// The instance was deleted.
  virtual void forget(const std::string& instance) = 0;
};

}  // namespace controller
