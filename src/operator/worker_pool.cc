#include "operator/worker_pool.h"

namespace controller {

WorkerPool::WorkerPool(int workers, runtime::WorkQueue& queue, Reconciler& reconciler, Metrics& metrics,
                       base::Clock& clock)
    : workers_(workers), queue_(queue), reconciler_(reconciler), metrics_(metrics), clock_(clock) {}

WorkerPool::~WorkerPool() {
  stop(base::Duration::zero());
}

void WorkerPool::start() {
  for (int i = 0; i < workers_; ++i) threads_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
}

void WorkerPool::stop(base::Duration grace) {
  if (threads_.empty()) return;
  for (std::jthread& thread : threads_) thread.request_stop();
  std::jthread watchdog([&](const std::stop_token& done) {
    if (clock_.sleep_for(grace, done)) hard_stop_.request_stop();
  });
  for (std::jthread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::work(std::stop_token soft_stop) {
  while (auto key = queue_.take(soft_stop)) {
    metrics_.active_workers(1);
    const base::BootTime began = clock_.boot_now();
    const ReconcileResult result = reconciler_.reconcile(*key, soft_stop, hard_stop_.get_token());
    const double seconds = std::chrono::duration<double>(clock_.boot_now() - began).count();
    metrics_.active_workers(-1);
    if (result.failed) {
      queue_.add_rate_limited(*key);
    } else {
      queue_.forget(*key);
      if (result.again_after) queue_.add_after(*key, *result.again_after);
    }
    queue_.done(*key);
    using Outcome = Metrics::Result;
    const Outcome success = result.again_after ? Outcome::kRequeueAfter : Outcome::kSuccess;
    metrics_.reconciled(result.failed ? Outcome::kError : success, seconds);
  }
}

}  // namespace controller
