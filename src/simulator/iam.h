#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "json/value.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "server/message.h"
#include "simulator/iam_behaviour.h"
#include "simulator/iam_call.h"
#include "simulator/iam_operations.h"
#include "simulator/platform.h"

namespace simulator {

/// The services that issue credentials: IAM, STS, the pod identity agent and the metadata service of a machine. The
/// platform accepts what they issue, and has their requests in its log. Uses no sockets; reads the files of the
/// settings. Thread-safe.
class Iam {
 public:
  Iam(IamSettings settings, Platform& platform, os::Clock& clock)
      : settings_(std::move(settings)), platform_(platform), clock_(clock) {}

  server::Response handle(const server::Request& request);

  // For the admin API.

  IamBehaviour behaviour() const;
  base::Result<void, std::string> change_behaviour(json::Value changes);
  /// How much each of the calls that issue something has issued; calls that issued nothing are not included.
  std::map<IamCall, int> issued() const;

 private:
  const IamSettings settings_;
  Platform& platform_;
  os::Clock& clock_;
  mutable os::Mutex mutex_;
  IamBehaviour behaviour_ GUARDED_BY(mutex_);
  std::map<IamCall, int> issued_ GUARDED_BY(mutex_);
};

}  // namespace simulator
