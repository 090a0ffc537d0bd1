#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "kube/event.h"

namespace kube {

struct EventTime {
  base::SystemTime shown;   ///< what stands in the object
  base::BootTime measured;  ///< what decides
};

/// One request: an Event to create, or the merge patch of one.
struct EventWrite {
  bool create = true;
  ObjectName name;
  std::string body;
};

/// Decides what is written about events, with the rules and numbers of client-go:
/// - the same event again within six minutes counts up a series of the first one. The second is written at once, later
///   ones every 30 minutes and when the series ends;
/// - an object gets 25 new events at once, then one every five minutes.
/// No I/O. Not thread-safe. Memory is bounded.
class EventAggregator {
 public:
  explicit EventAggregator(std::string_view instance);

  enum class Verdict { kNothingNew, kOverRate, kWrite };
  /// What to do about an event that happened at `time`; `write` is set for kWrite. Call due() for that time before.
  Verdict add(const Event& event, EventTime time, EventWrite& write);

  /// Patches of series that have to be written by now; with `all`, of all series that have news.
  std::vector<EventWrite> due(base::BootTime now, bool all = false);
  /// Before that, due() has nothing; BootTime::max() for never.
  base::BootTime next_due() const { return next_due_; }

  /// That Event is not there: the same again makes a new one.
  void forget(const ObjectName& name);

 private:
  /// Events with the same key are the same: regarding, type, reason, action, note.
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
  // Of all series, or earlier: they are gone through when it comes.
  base::BootTime next_due_ = base::BootTime::max();
  std::map<std::string, base::TokenBucket> budgets_;  // by object
};

}  // namespace kube
