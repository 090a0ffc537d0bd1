#include "controller/reconciler.h"

#include <algorithm>

#include "controller/effects.h"
#include "controller/observer.h"
#include "controller/write_statuses.h"
#include "os/log.h"

namespace controller {
namespace {

/// After this time, interim statuses are written and other instances have their turn.
constexpr base::Duration kTurn = std::chrono::seconds(30);

/// A response of the platform is not in the ledger yet: after a stop, the next process would not know the outcome.
bool owes_ledger(const InstanceMemory& memory) {
  return !memory.domains_made.empty() ||
         std::any_of(memory.outcomes.begin(), memory.outcomes.end(),
                     [](const auto& entry) { return entry.second.kind != AddOutcome::Kind::kUnknown; });
}

std::optional<base::BootTime> earlier(std::optional<base::BootTime> a, std::optional<base::BootTime> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

/// When a status is written again that was rejected after the plan was made.
std::optional<base::BootTime> next_write(const InstanceMemory& memory, base::BootTime now) {
  std::optional<base::BootTime> next;
  for (const auto& [key, trouble] : memory.object_troubles) {
    if (key.second == Effect::kStatus && trouble.next_attempt > now) next = earlier(next, trouble.next_attempt);
  }
  return next;
}

}  // namespace

Reconciler::Reconciler(kube::Api& api, Store& store, PlatformProvider& platforms, kube::EventSink& events,
                       os::Clock& clock, const runtime::Leadership& leadership, ReconcilerConfig config)
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
  memory.reading_time = {};
  std::string cause;
  const base::BootTime began = clock_.boot_now();
  while (true) {
    if (!leadership_.leading() || (soft_stop.stop_requested() && !owes_ledger(memory))) return {};
    const StoreInStep store(store_);
    const Store::World world = store_.world(instance);
    PlatformAccess access;
    if (world.instance && !world.instance->suspend) access = platforms_.access(*world.instance, hard_stop);
    const Present now{world, config_.timing, clock_.system_now(), clock_.boot_now()};
    keep_up(memory, now, access, config_.in_scope);
    Observation observation = observe(instance, now, access, memory);
    const std::string last = memory.progress.last();
    if (memory.progress.judge(observation)) {
      os::log::warn("a step had no effect; will retry", {{"instance", instance}, {"step", last}, {"cause", cause}});
      observation.resting = memory.progress.resting(observation.boot_now);
    }
    const bool turn_is_over = clock_.boot_now() - began >= kTurn && memory.rights.empty() && !owes_ledger(memory);
    Plan next = plan(observation);
    const bool yields = turn_is_over && !next.at_rest();
    if (yields) next = interim_plan(observation);
    Round round{.api = api_,
                .store = store,
                .events = events_,
                .clock = clock_,
                .leadership = leadership_,
                .show = config_.show,
                .inspect = config_.inspect,
                .o = observation,
                .memory = memory,
                .readings = readings,
                .access = access,
                .stop = hard_stop};
    if (!next.at_rest()) {
      memory.progress.did(next.action, observation);
      if (carry_out(next.action, round) == Step::kFailed) return {.failed = true};
      cause = std::move(round.cause);
      continue;
    }
    const StatusWrites writes = write_statuses(round, next);
    if (writes.step == Step::kFailed || access.transient) return {.failed = true};
    if (yields || writes.left) return {.again_after = base::Duration::zero()};
    if (!observation.instance && observation.certificates.empty()) {
      forget(instance);
      return {};
    }
    ReconcileResult result;
    if (const auto when = earlier(next.next_visit, next_write(memory, clock_.boot_now()))) {
      // Never at once: what is due now was done, or waits for another event.
      result.again_after = std::max<base::Duration>(*when - clock_.boot_now(), std::chrono::milliseconds(50));
    }
    return result;
  }
}

InstanceMemory& Reconciler::memory_of(const std::string& instance) {
  const os::MutexLock lock(mutex_);
  std::unique_ptr<InstanceMemory>& memory = memories_[instance];
  if (!memory) memory = std::make_unique<InstanceMemory>();
  return *memory;
}

void Reconciler::forget(const std::string& instance) {
  platforms_.forget(instance);
  const os::MutexLock lock(mutex_);
  memories_.erase(instance);
}

}  // namespace controller
