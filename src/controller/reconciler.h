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

// Reconciles one instance.
namespace controller {

struct ReconcilerConfig {
  Timing timing;
  /// Whether the watches cover the namespace, so that an object that is not in the store does not exist.
  std::function<bool(const std::string& ns)> in_scope;
  /// By default, waits for the response.
  Show show = [](const std::shared_ptr<iotda::Platform>& platform, const CertificateId& id, base::BootTime /*until*/,
                 std::stop_token stop) { return std::optional(platform->show(id, std::move(stop))); };
  Inspect inspect = certificate::inspect;
};

/// The result of one reconcile.
struct ReconcileResult {
  bool failed = false;  ///< retry with backoff
  std::optional<base::Duration> again_after;
};

/// Reconciles one instance until its plan is empty: observe, plan, carry out one action, repeat. Thread-safe for
/// different instances; one instance must not be reconciled twice at the same time (the work queue ensures that).
class Reconciler {
 public:
  Reconciler(kube::Api& api, Store& store, PlatformProvider& platforms, kube::EventSink& events, os::Clock& clock,
             const runtime::Leadership& leadership, ReconcilerConfig config);

  /// `soft_stop` ends it between two actions; `hard_stop` cancels requests in progress.
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
