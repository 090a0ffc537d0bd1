#pragma once

#include <atomic>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "kube/api.h"
#include "os/clock.h"
#include "os/log_gate.h"
#include "os/mutex.h"
#include "runtime/watch_handler.h"
#include "runtime/watch_machine.h"

namespace runtime {

struct ReflectorOptions {
  std::string ns;  ///< empty: all namespaces
  bool metadata_only = false;
  /// How to get the initial state: a streaming list keeps one object in memory, pages are faster for many small
  /// objects.
  enum class InitialList { kStream, kPages };
  InitialList initial_list = InitialList::kStream;
};

/// Lists and watches one resource until stopped, and retries after failures.
class Reflector {
 public:
  Reflector(kube::Api& api, os::Clock& clock, const kube::Resource& resource, ReflectorOptions options,
            WatchHandler& handler);

  /// Blocks; call on one thread.
  void run(const std::stop_token& stop);

  /// True after the first init_done. Thread-safe.
  bool synced() const { return synced_.load(); }
  /// Why no changes are received at present, for users; empty without a problem. Thread-safe.
  std::string last_error() const;
  /// For how long no changes have been received because of it; zero without a problem. Thread-safe.
  base::Duration failing_for() const;

 private:
  kube::Result<void> make(const WatchMachine::ListPage& call, WatchMachine::End& end, const std::stop_token& stop);
  kube::Result<void> make(const WatchMachine::Look& call, WatchMachine::End& end, const std::stop_token& stop);
  kube::Result<void> make(const WatchMachine::Watch& call, WatchMachine::End& end, const std::stop_token& stop);
  kube::Result<void> list_page(const std::string& continue_token, const std::stop_token& stop);
  kube::Result<void> watch(const WatchMachine::Watch& call, base::Duration timeout, const std::stop_token& stop);
  bool take(std::string_view line, std::optional<kube::Error>& bad);
  void succeeded();
  void failed(const kube::Error& error);
  void watching(std::optional<base::BootTime> since);
  bool watches() const REQUIRES(mutex_);

  kube::Api& api_;
  os::Clock& clock_;
  const kube::Resource resource_;
  const ReflectorOptions options_;
  const std::string name_;  // for messages

  // Used in run() only:
  WatchMachine machine_;
  base::Backoff backoff_;
  os::log::Gate failures_;
  bool failing_ = false;                   // no watch has succeeded since a failure
  std::optional<base::BootTime> gone_at_;  // when the watch was last too far behind

  std::atomic<bool> synced_ = false;
  mutable os::Mutex mutex_;
  std::string last_error_ GUARDED_BY(mutex_);
  std::optional<base::BootTime> failing_since_ GUARDED_BY(mutex_);
  std::optional<base::BootTime> watching_since_ GUARDED_BY(mutex_);
};

}  // namespace runtime
