#include "runtime/work_queue.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "os/mutex.h"
#include "os/random.h"

namespace runtime {
namespace {

constexpr base::Duration kMinRetry = std::chrono::seconds(1);
constexpr base::Duration kMaxRetry = std::chrono::minutes(1);
constexpr double kJitter = 0.1;

struct Failing {
  base::BootTime since;
  base::BootTime not_before;
};

double to_seconds(base::Duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

struct WorkQueue::Impl {
  Impl(os::Clock& c, Observer* o) : clock(c), observer(o) {}

  /// Makes the key available: now, or after its worker is done with it.
  void add_locked(const std::string& key, base::BootTime now) REQUIRES(mutex) {
    if (!dirty.emplace(key, now).second) return;
    ++adds;
    if (processing.contains(key)) return;
    ready.push_back(key);
    changed.notify_one();
  }

  /// Delays the key until the end of its pause after a failure, if that has not passed yet.
  bool hold_locked(const std::string& key, base::BootTime now) REQUIRES(mutex) {
    const auto it = failing.find(key);
    if (it == failing.end() || now >= it->second.not_before) return false;
    add_at_locked(key, it->second.not_before);
    return true;
  }

  void release_due_locked(base::BootTime now) REQUIRES(mutex) {
    while (!due_order.empty() && due_order.begin()->first <= now) {
      const std::string key = due_order.begin()->second;
      due_order.erase(due_order.begin());
      due.erase(key);
      if (!hold_locked(key, now)) add_locked(key, now);
    }
  }

  void add_at_locked(const std::string& key, base::BootTime when) REQUIRES(mutex) {
    const auto [at, is_new] = due.try_emplace(key, when);
    if (!is_new) {
      if (at->second <= when) return;
      due_order.erase({at->second, key});
      at->second = when;
    }
    due_order.emplace(when, key);
    // Only takers that wait for a later time must be notified.
    if (due_order.begin()->second == key) changed.notify_one();
  }

  os::Clock& clock;
  Observer* const observer;
  mutable os::Mutex mutex;
  os::ConditionVariable changed;
  std::deque<std::string> ready GUARDED_BY(mutex);
  std::unordered_map<std::string, base::BootTime> dirty GUARDED_BY(mutex);       // waiting, with the start time
  std::unordered_map<std::string, base::BootTime> processing GUARDED_BY(mutex);  // being processed, with the start time
  std::unordered_map<std::string, base::BootTime> due GUARDED_BY(mutex);         // delayed, with the due time
  std::set<std::pair<base::BootTime, std::string>> due_order GUARDED_BY(mutex);  // the same, earliest first
  std::unordered_map<std::string, Failing> failing GUARDED_BY(mutex);
  std::uint64_t adds GUARDED_BY(mutex) = 0;
  std::uint64_t retries GUARDED_BY(mutex) = 0;
};

WorkQueue::WorkQueue(os::Clock& clock, Observer* observer) : impl_(std::make_unique<Impl>(clock, observer)) {}
WorkQueue::~WorkQueue() = default;

void WorkQueue::add(const std::string& key) {
  const base::BootTime now = impl_->clock.boot_now();
  const os::MutexLock lock(impl_->mutex);
  if (!impl_->hold_locked(key, now)) impl_->add_locked(key, now);
}

void WorkQueue::add_after(const std::string& key, base::Duration delay) {
  const base::BootTime now = impl_->clock.boot_now();
  const os::MutexLock lock(impl_->mutex);
  if (delay <= base::Duration::zero()) {
    impl_->add_locked(key, now);
  } else {
    impl_->add_at_locked(key, now + delay);
  }
}

void WorkQueue::add_failed(const std::string& key, base::Duration at_least) {
  const base::BootTime now = impl_->clock.boot_now();
  const double stretch = 1.0 + kJitter * os::random_unit();
  const os::MutexLock lock(impl_->mutex);
  ++impl_->retries;
  Failing& failing = impl_->failing.try_emplace(key, Failing{now, now}).first->second;
  failing.not_before = now + at_least;
  const base::Duration delay =
      std::max(at_least, std::clamp<base::Duration>(now - failing.since, kMinRetry, kMaxRetry));
  impl_->add_at_locked(key, now + std::chrono::duration_cast<base::Duration>(delay * stretch));
}

void WorkQueue::forget(const std::string& key) {
  const os::MutexLock lock(impl_->mutex);
  impl_->failing.erase(key);
}

std::optional<std::string> WorkQueue::take(const std::stop_token& stop) {
  Impl& q = *impl_;
  const os::MutexLock lock(q.mutex);
  while (true) {
    const base::BootTime now = q.clock.boot_now();
    q.release_due_locked(now);
    if (stop.stop_requested()) return std::nullopt;
    if (!q.ready.empty()) {
      std::string key = std::move(q.ready.front());
      q.ready.pop_front();
      const auto since = q.dirty.extract(key);
      if (q.observer != nullptr) q.observer->waited(to_seconds(now - since.mapped()));
      q.processing.emplace(key, now);
      // This thread no longer waits for the delays: another waiting thread must check them.
      if (!q.due_order.empty() || !q.ready.empty()) q.changed.notify_one();
      return key;
    }
    q.clock.wait_until(q.mutex, q.changed, q.due_order.empty() ? base::BootTime::max() : q.due_order.begin()->first,
                       stop);
  }
}

void WorkQueue::done(const std::string& key) {
  const base::BootTime now = impl_->clock.boot_now();
  const os::MutexLock lock(impl_->mutex);
  const auto started = impl_->processing.extract(key);
  if (started.empty()) return;
  if (impl_->observer != nullptr) impl_->observer->worked(to_seconds(now - started.mapped()));
  if (impl_->dirty.contains(key)) {
    if (impl_->hold_locked(key, now)) {
      impl_->dirty.erase(key);
      return;
    }
    impl_->ready.push_back(key);
    impl_->changed.notify_one();
  }
}

WorkQueue::Stats WorkQueue::stats() const {
  const base::BootTime now = impl_->clock.boot_now();
  const os::MutexLock lock(impl_->mutex);
  Stats stats;
  stats.depth = impl_->ready.size();
  stats.adds = impl_->adds;
  stats.retries = impl_->retries;
  for (const auto& [key, since] : impl_->processing) {
    const double age = to_seconds(now - since);
    stats.unfinished_seconds += age;
    stats.longest_running_seconds = std::max(stats.longest_running_seconds, age);
  }
  return stats;
}

}  // namespace runtime
