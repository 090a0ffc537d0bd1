#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"

namespace runtime {

/// Keys waiting for work, each at most once (the work queue of client-go): a key added while a worker has it is handed
/// out again after done(). Thread-safe.
class WorkQueue {
 public:
  /// Counted for the metrics workqueue_*.
  struct Stats {
    std::size_t depth = 0;
    std::uint64_t adds = 0;
    std::uint64_t retries = 0;
    double unfinished_seconds = 0;  ///< sum over keys being worked on
    double longest_running_seconds = 0;
  };
  /// Told how long a key waited and how long the work took, in seconds.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void waited(double seconds) = 0;
    virtual void worked(double seconds) = 0;
  };

  explicit WorkQueue(base::Clock& clock, Observer* observer = nullptr);
  ~WorkQueue();

  void add(const std::string& key);
  /// The earliest wins if the key is already waiting with a delay.
  void add_after(const std::string& key, base::Duration delay);
  /// After a failure: 1 s, 2 s, 4 s … 5 min for this key, with jitter.
  void add_rate_limited(const std::string& key);
  /// After a success: the next failure starts at the smallest delay again.
  void forget(const std::string& key);

  /// Blocks until there is a key; none once stopped. Each key taken must be given back with done().
  std::optional<std::string> take(const std::stop_token& stop);
  void done(const std::string& key);

  Stats stats() const;
  /// True while some key has been worked on for longer than `limit`: the worker hangs.
  bool stuck(base::Duration limit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
