#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "os/clock.h"

namespace runtime {

/// A queue of keys, each at most once (the work queue of client-go): a key that is added while a worker processes it
/// becomes available again after done(). Thread-safe.
class WorkQueue {
 public:
  /// Counted for the metrics workqueue_*.
  struct Stats {
    std::size_t depth = 0;
    std::uint64_t adds = 0;
    std::uint64_t retries = 0;
    double unfinished_seconds = 0;  ///< sum over all keys in progress
    double longest_running_seconds = 0;
  };
  /// Called with how long a key waited and how long the work took, in seconds.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void waited(double seconds) = 0;
    virtual void worked(double seconds) = 0;
  };

  explicit WorkQueue(os::Clock& clock, Observer* observer = nullptr);
  ~WorkQueue();

  /// Adds the key now; or, if it has a pause after a failure (add_failed), at the end of the pause.
  void add(const std::string& key);
  /// If the key already waits with a delay, the earlier time is used.
  void add_after(const std::string& key, base::Duration delay);
  /// After a failure: adds the key after the time for which it has been failing, between 1 s and 1 min, with jitter,
  /// but not before `at_least`. So the delays double, even if other events add the key in the meantime, and an outage
  /// takes at most twice its length.
  void add_failed(const std::string& key, base::Duration at_least = {});
  /// After a success: the next failure counts as the first one.
  void forget(const std::string& key);

  /// Blocks until there is a key; returns nothing if stopped. Call done() for each key.
  std::optional<std::string> take(const std::stop_token& stop);
  void done(const std::string& key);

  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
