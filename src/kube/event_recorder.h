#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "kube/api.h"
#include "kube/event.h"
#include "kube/event_aggregator.h"
#include "os/clock.h"
#include "os/log_gate.h"
#include "os/mutex.h"

namespace kube {

/// Writes events as events.k8s.io/v1. publish() only queues; run() writes, in a thread of its own. Events that cannot
/// be written in time are dropped and counted, the newest first.
class EventRecorder final : public EventSink {
 public:
  /// `instance` names this process, usually by its Pod.
  EventRecorder(Api& api, os::Clock& clock, std::string_view instance);

  /// Thread-safe.
  void publish(Event event) override;
  /// Blocks until stopped; then writes the remaining events, for at most two seconds.
  void run(const std::stop_token& stop);
  /// Events that were not written. Thread-safe.
  std::uint64_t dropped() const;

 private:
  struct Published {
    Event event;
    EventTime time;
  };
  std::optional<Published> take() EXCLUDES(mutex_);
  void count_drop() EXCLUDES(mutex_);
  void wait(std::stop_token stop) EXCLUDES(mutex_);
  void work(const std::stop_token& stop);
  bool decide_next();
  void append(std::vector<EventWrite> writes);
  bool write(const EventWrite& write, const std::stop_token& stop);

  Api& api_;
  os::Clock& clock_;
  EventAggregator aggregator_;      // these three are used in run() only
  std::deque<EventWrite> pending_;  // decided but not yet written
  os::log::Gate failures_;
  mutable os::Mutex mutex_;
  os::ConditionVariable published_;
  std::deque<Published> queue_ GUARDED_BY(mutex_);
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
};

}  // namespace kube
