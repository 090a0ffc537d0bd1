#include "operator/reconciler.h"

#include <algorithm>

#include "base/log.h"
#include "operator/executor.h"
#include "operator/observer.h"

namespace controller {
namespace {

/// More steps than any real plan needs; a plan that does not come to rest is a defect that must not become a hot loop.
constexpr int kMaxSteps = 2000;

/// An answer of the platform is not written down yet: stopping now would make a doubt of it.
bool owes_ledger(const InstanceMemory& memory) {
  return std::any_of(memory.outcomes.begin(), memory.outcomes.end(),
                     [](const auto& entry) { return entry.second.kind != AddOutcome::Kind::kUnknown; });
}

}  // namespace

Reconciler::Reconciler(kube::Api& api, Store& store, PlatformProvider& platforms, kube::EventSink& events,
                       base::Clock& clock, const runtime::Leadership& leadership, ReconcilerConfig config)
    : api_(api),
      store_(store),
      platforms_(platforms),
      events_(events),
      clock_(clock),
      leadership_(leadership),
      config_(std::move(config)) {}

ReconcileResult Reconciler::reconcile(const std::string& instance, std::stop_token soft_stop,
                                      std::stop_token hard_stop) {
  InstanceMemory& memory = memory_of(instance);
  SecretReadings readings;
  for (int step = 0; step < kMaxSteps; ++step) {
    if (!leadership_.leading() || (soft_stop.stop_requested() && !owes_ledger(memory))) return {};
    const StoreInStep store(store_);
    const Store::Snapshot snapshot = store.snapshot(instance);
    PlatformAccess access;
    if (snapshot.instance && !snapshot.instance->suspend) access = platforms_.access(*snapshot.instance, hard_stop);
    const Observation observation = observe(instance, store_, access, memory, config_.timing, clock_, config_.in_scope);
    const Plan next = plan(observation);
    Executor executor({api_, store, events_, clock_, leadership_}, observation, memory, readings, access, hard_stop);
    if (!next.at_rest()) {
      if (std::visit(executor, next.action) == Step::kFailed) return {.failed = true};
      continue;
    }
    if (executor.write_statuses(next) == Step::kFailed || access.transient) return {.failed = true};
    if (!observation.instance && observation.certificates.empty()) {
      forget(instance);
      return {};
    }
    ReconcileResult result;
    if (next.next_visit) {
      // Never at once: what is due now was done, or waits for somebody else.
      result.again_after =
          std::max<base::Duration>(*next.next_visit - clock_.boot_now(), std::chrono::milliseconds(50));
    }
    return result;
  }
  base::log::error("the plan for an instance does not come to rest; it is tried again later", {{"instance", instance}});
  return {.failed = true};
}

InstanceMemory& Reconciler::memory_of(const std::string& instance) {
  const base::MutexLock lock(mutex_);
  std::unique_ptr<InstanceMemory>& memory = memories_[instance];
  if (!memory) memory = std::make_unique<InstanceMemory>();
  return *memory;
}

void Reconciler::forget(const std::string& instance) {
  platforms_.forget(instance);
  const base::MutexLock lock(mutex_);
  memories_.erase(instance);
}

}  // namespace controller
