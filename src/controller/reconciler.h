#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/round.h"
#include "controller/secret_reader.h"
#include "controller/store.h"
#include "controller/vocabulary.h"
#include "kube/api.h"
#include "kube/event.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "runtime/leader_election.h"

namespace controller {

struct ReconcilerConfig {
  Timing timing;
  /// Whether the watches cover the namespace, so that what is not seen there does not exist.
  std::function<bool(const std::string& ns)> in_scope;
  /// Waits for the platform, if nothing else is given.
  Show show = [](const std::shared_ptr<iotda::Platform>& platform, const std::string& id, base::BootTime /*until*/,
                 std::stop_token stop) { return std::optional(platform->show(id, std::move(stop))); };
  Inspect inspect = certificate::inspect;
};

/// What one reconcile came to.
struct ReconcileResult {
  bool failed = false;  ///< to be tried again with backoff
  std::optional<base::Duration> again_after;
};

/// Brings one instance to where its plan is empty: observe, plan, one action, and again. All I/O of a plan is here.
/// Thread-safe for different instances; one instance must not be reconciled twice at once (the work queue sees to it).
class Reconciler {
 public:
  Reconciler(kube::Api& api, Store& store, PlatformProvider& platforms, kube::EventSink& events, os::Clock& clock,
             const runtime::Leadership& leadership, ReconcilerConfig config);

  /// `soft_stop` ends between two actions; `hard_stop` cancels calls under way.
  ReconcileResult reconcile(const std::string& instance, std::stop_token soft_stop, std::stop_token hard_stop);

 private:
  InstanceMemory& memory_of(const std::string& instance);
  void forget(const std::string& instance);

  kube::Api& api_;
  Store& store_;
  PlatformProvider& platforms_;
  kube::EventSink& events_;
  os::Clock& clock_;
  const runtime::Leadership& leadership_;
  const ReconcilerConfig config_;

  os::Mutex mutex_;
  std::map<std::string, std::unique_ptr<InstanceMemory>> memories_ GUARDED_BY(mutex_);
};

}  // namespace controller
