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

  /// Now; or, if it failed and asked for a pause (add_failed), once that is over.
  void add(const std::string& key);
  /// The earliest wins if the key is already waiting with a delay.
  void add_after(const std::string& key, base::Duration delay);
  /// After a failure: again after as long as this key has been failing, but 1 s to 1 min, with jitter, and for
  /// nobody before `at_least` is over. So the pauses double, whatever else makes the key come meanwhile, and an outage
  /// costs at most its own length once more.
  void add_failed(const std::string& key, base::Duration at_least = {});
  /// After a success: the next failure is a first one again.
  void forget(const std::string& key);

  /// Blocks until there is a key; none once stopped. Each key taken must be given back with done().
  std::optional<std::string> take(const std::stop_token& stop);
  void done(const std::string& key);

  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
