#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "base/token_bucket.h"
#include "kube/event.h"

namespace kube {

struct EventTime {
  base::SystemTime shown;   ///< value in the object
  base::BootTime measured;  ///< value that is used for decisions
};

/// One request: an Event to create, or a merge patch of an existing one.
struct EventWrite {
  bool create = true;
  ObjectName name;
  std::string body;
};

/// Decides which events are written, with the rules and numbers of client-go:
/// - an equal event within six minutes increments a series of the first one. The second event is written immediately,
///   later ones every 30 minutes and when the series ends;
/// - an object gets 25 new events immediately, then one every five minutes.
/// No I/O. Not thread-safe. Memory is bounded.
class EventAggregator {
 public:
  explicit EventAggregator(std::string_view instance);

  enum class Verdict { kNothingNew, kOverRate, kWrite };
  /// Decides about an event that happened at `time`; `write` is set for kWrite. Call due() for that time first.
  Verdict add(const Event& event, EventTime time, EventWrite& write);

  /// Patches of series that must be written by now; with `all`, of all series that have unwritten events.
  std::vector<EventWrite> due(base::BootTime now, bool all = false);
  /// due() returns nothing before this time; BootTime::max() for never.
  base::BootTime next_due() const { return next_due_; }

  /// That Event does not exist any more: the next equal event creates a new one.
  void forget(const ObjectName& name);

 private:
  /// Events with the same key are equal: regarding, type, reason, action, note.
  using Key = std::tuple<std::string, bool, std::string, std::string, std::string>;
  struct Series {
    ObjectName name;
    int count = 1;
    EventTime last;
    int written_count = 1;
    base::BootTime written_at;
  };

  bool spend(const std::string& object, base::BootTime now);
  static base::BootTime due_at(const Series& series);
  static EventWrite patch(Series& series, base::BootTime now);
  std::string body(const Event& event, const ObjectName& name, base::SystemTime time) const;

  std::string instance_;
  std::map<Key, Series> series_;
  // The earliest time of all series, or earlier: they are checked at this time.
  base::BootTime next_due_ = base::BootTime::max();
  std::map<std::string, base::TokenBucket> budgets_;  // by object
};

}  // namespace kube
