#pragma once

#include <stop_token>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "operator/metrics.h"
#include "operator/reconciler.h"
#include "runtime/work_queue.h"

namespace controller {

/// Threads that take instances from the queue and reconcile them.
class WorkerPool {
 public:
  WorkerPool(int workers, runtime::WorkQueue& queue, Reconciler& reconciler, Metrics& metrics, base::Clock& clock);
  /// stop()
  ~WorkerPool();

  void start();
  /// Lets each worker end the action it is at, which a call to the platform may make long; what takes longer than
  /// `grace` is cancelled.
  void stop(base::Duration grace);

 private:
  void work(std::stop_token soft_stop);

  const int workers_;
  runtime::WorkQueue& queue_;
  Reconciler& reconciler_;
  Metrics& metrics_;
  base::Clock& clock_;
  std::stop_source hard_stop_;
  std::vector<std::jthread> threads_;
};

}  // namespace controller
