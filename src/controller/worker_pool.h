#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/metrics.h"
#include "controller/reconciler.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "runtime/work_queue.h"

// The threads that reconcile.
namespace controller {

/// Threads that take instances from the queue and reconcile them. Thread-safe where noted.
class WorkerPool {
 public:
  struct Ports {
    runtime::WorkQueue& queue;
    Metrics& metrics;
    os::Clock& clock;
    /// Reconciler::reconcile().
    std::function<ReconcileResult(const std::string& instance, std::stop_token soft_stop, std::stop_token hard_stop)>
        reconcile;
    /// The pause that the API server has asked for (Retry-After).
    std::function<base::Duration()> asked_to_wait;
  };
  WorkerPool(int workers, Ports ports);
  /// stop()
  ~WorkerPool();

  void start();
  /// Lets each worker complete its current action, which can take long because of a request to the platform. After
  /// `grace`, requests are cancelled.
  void stop(base::Duration grace);

  /// A request of the calling thread has ended. If the thread is a worker, it does not hang. Thread-safe.
  void progress();
  /// An instance whose worker has made no progress for longer than `limit`; none if there is none. Thread-safe.
  std::optional<std::string> hung(base::Duration limit) const;

 private:
  struct Work {
    std::string instance;
    base::BootTime progressed;
  };

  void work(std::stop_token soft_stop);

  const int workers_;
  const Ports ports_;
  std::stop_source hard_stop_;
  std::vector<std::jthread> threads_;
  mutable os::Mutex mutex_;
  std::map<std::thread::id, Work> running_ GUARDED_BY(mutex_);
};

}  // namespace controller
