#include "controller/worker_pool.h"

#include <algorithm>

#include "os/random.h"

namespace controller {
namespace {

/// Varies the delay, so that instances that were reconciled together after a start do not stay in step.
base::Duration spread(base::Duration delay) {
  constexpr double kPart = 0.1;
  constexpr base::Duration kMost = std::chrono::minutes(1);
  const double part = kPart * os::random_unit();
  return delay + std::min(kMost, std::chrono::duration_cast<base::Duration>(delay * part));
}

}  // namespace

WorkerPool::WorkerPool(int workers, Ports ports) : workers_(workers), ports_(std::move(ports)) {}

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
    if (ports_.clock.sleep_for(grace, done)) hard_stop_.request_stop();
  });
  for (std::jthread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::progress() {
  const base::BootTime now = ports_.clock.boot_now();
  const os::MutexLock lock(mutex_);
  if (const auto it = running_.find(std::this_thread::get_id()); it != running_.end()) it->second.progressed = now;
}

std::optional<std::string> WorkerPool::hung(base::Duration limit) const {
  const base::BootTime now = ports_.clock.boot_now();
  const os::MutexLock lock(mutex_);
  for (const auto& [thread, work] : running_) {
    if (now - work.progressed > limit) return work.instance;
  }
  return std::nullopt;
}

void WorkerPool::work(std::stop_token soft_stop) {
  const std::thread::id self = std::this_thread::get_id();
  while (auto key = ports_.queue.take(soft_stop)) {
    ports_.metrics.active_workers(1);
    const base::BootTime began = ports_.clock.boot_now();
    {
      const os::MutexLock lock(mutex_);
      running_[self] = {*key, began};
    }
    const ReconcileResult result = ports_.reconcile(*key, soft_stop, hard_stop_.get_token());
    {
      const os::MutexLock lock(mutex_);
      running_.erase(self);
    }
    const double seconds = std::chrono::duration<double>(ports_.clock.boot_now() - began).count();
    ports_.metrics.active_workers(-1);
    if (result.failed) {
      ports_.queue.add_failed(*key, ports_.asked_to_wait());
    } else {
      ports_.queue.forget(*key);
      if (result.again_after) ports_.queue.add_after(*key, spread(*result.again_after));
    }
    ports_.queue.done(*key);
    using Outcome = Metrics::Result;
    const Outcome success = result.again_after ? Outcome::kRequeueAfter : Outcome::kSuccess;
    ports_.metrics.reconciled(result.failed ? Outcome::kError : success, seconds);
  }
}

}  // namespace controller
