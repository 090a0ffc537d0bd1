#include "kube/event_recorder.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/backoff.h"
#include "os/log.h"
#include "os/random.h"

namespace kube {
namespace {

constexpr std::size_t kMaxQueued = 1000;
constexpr int kMaxTries = 5;
constexpr base::Backoff::Policy kRetry{std::chrono::seconds(1), std::chrono::seconds(10), 0.2};
constexpr base::Duration kFlush = std::chrono::seconds(2);

bool may_pass(const Error& error) {
  return error.code == Error::Code::kTransport || error.code == Error::Code::kServer ||
         error.code == Error::Code::kThrottled || error.code == Error::Code::kUnauthorized;
}

}  // namespace

EventRecorder::EventRecorder(Api& api, os::Clock& clock, std::string_view instance)
    : api_(api), clock_(clock), aggregator_(instance) {}

void EventRecorder::publish(Event event) {
  const EventTime time{clock_.system_now(), clock_.boot_now()};
  const os::MutexLock lock(mutex_);
  if (queue_.size() >= kMaxQueued) {
    ++dropped_;
    return;
  }
  queue_.push_back({std::move(event), time});
  published_.notify_one();
}

std::uint64_t EventRecorder::dropped() const {
  const os::MutexLock lock(mutex_);
  return dropped_;
}

void EventRecorder::count_drop() {
  const os::MutexLock lock(mutex_);
  ++dropped_;
}

void EventRecorder::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    append(aggregator_.due(clock_.boot_now()));
    work(stop);
    wait(stop);
  }
  std::stop_source give_up;
  const std::jthread timer([&](const std::stop_token& done) {
    if (clock_.sleep_for(kFlush, done)) give_up.request_stop();
  });
  work(give_up.get_token());
  append(aggregator_.due(clock_.boot_now(), true));
  work(give_up.get_token());
}

/// Writes everything that can be written now.
void EventRecorder::work(const std::stop_token& stop) {
  while (!stop.stop_requested() && (!pending_.empty() || decide_next())) {
    if (!write(pending_.front(), stop)) return;
    pending_.pop_front();
  }
}

/// Processes queued events until there is something to write; false if there is nothing.
bool EventRecorder::decide_next() {
  while (const auto next = take()) {
    append(aggregator_.due(clock_.boot_now()));
    EventWrite write;
    const auto verdict = aggregator_.add(next->event, next->time, write);
    if (verdict == EventAggregator::Verdict::kOverRate) count_drop();
    if (verdict == EventAggregator::Verdict::kWrite) pending_.push_back(std::move(write));
    if (!pending_.empty()) return true;
  }
  return false;
}

void EventRecorder::append(std::vector<EventWrite> writes) {
  for (EventWrite& write : writes) pending_.push_back(std::move(write));
}

std::optional<EventRecorder::Published> EventRecorder::take() {
  const os::MutexLock lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Published next = std::move(queue_.front());
  queue_.pop_front();
  return next;
}

void EventRecorder::wait(std::stop_token stop) {
  const base::BootTime due = aggregator_.next_due();
  const os::MutexLock lock(mutex_);
  if (queue_.empty()) clock_.wait_until(mutex_, published_, due, std::move(stop));
}

/// True after it was written or given up, false if stopped before that.
bool EventRecorder::write(const EventWrite& write, const std::stop_token& stop) {
  base::Backoff backoff(kRetry);
  while (true) {
    const auto answer = write.create ? api_.create(kEvents, write.name.ns, write.body, stop)
                                     : api_.patch(kEvents, write.name, write.body, PatchOptions{}, stop);
    if (answer) return true;
    const Error& error = answer.error();
    // The name is unique: if the Event exists, the response to an earlier attempt was lost.
    if (error.code == Error::Code::kAlreadyExists) return true;
    if (may_pass(error) && backoff.failures() + 1 < kMaxTries &&
        clock_.sleep_for(backoff.next(os::random_unit()), stop))
      continue;
    if (stop.stop_requested()) return false;
    aggregator_.forget(write.name);
    count_drop();
    if (failures_.open(error.message, clock_.boot_now())) {
      os::log::warn("cannot write an event", {{"event", write.name.to_string()}, {"error", error.message}});
    }
    return true;
  }
}

}  // namespace kube
