#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "json/value.h"
#include "kube/api.h"
#include "os/clock.h"
#include "os/log_gate.h"
#include "os/mutex.h"

namespace runtime {

struct LeaseConfig {
  std::string ns;
  std::string name;
  std::string identity;  ///< unique for this process: a restarted process has another identity
  base::Duration lease_duration = std::chrono::seconds(15);
  base::Duration renew_deadline = std::chrono::seconds(10);
  base::Duration retry_period = std::chrono::seconds(2);
};

/// Says whether this process can act now. Checked before every write and every call to the platform.
class Leadership {
 public:
  virtual ~Leadership() = default;
  /// True while this process holds the Lease and has renewed it within the renew deadline, by the boot clock.
  /// Thread-safe.
  virtual bool leading() const = 0;
  /// How often the leader has changed from one process to another, as the Lease counts it; none if that is not known.
  /// Thread-safe.
  virtual std::optional<std::int64_t> transitions() const { return std::nullopt; }
};

/// Without leader election: always the leader.
class AlwaysLeading final : public Leadership {
 public:
  bool leading() const override { return true; }
};

/// Leader election with a coordination.k8s.io/v1 Lease, as in client-go. A Lease that another holder wrote is valid for
/// its duration from the time when this process first saw it, so the clocks of two machines are never compared.
class LeaderElector final : public Leadership {
 public:
  LeaderElector(kube::Api& api, os::Clock& clock, LeaseConfig config);

  /// After it has changed from true to false, it stays false.
  bool leading() const override;
  std::optional<std::int64_t> transitions() const override;
  /// Blocks: acquires and renews the Lease. `on_started` is called when this process becomes the leader; it must not
  /// block, because the Lease is not renewed in the meantime. Returns when stopped (the Lease is released, so stop
  /// everything that acts as the leader before) or when the Lease was lost (the process should end, because its state
  /// belongs to a leader).
  void run(const std::stop_token& stop, const std::function<void()>& on_started);
  /// Why this process cannot become the leader although no other process seems to be the leader, for users. Empty
  /// without a problem, also while another process is the leader. Thread-safe.
  std::string trouble() const;

 private:
  enum class Attempt { kHeld, kHeldByOther, kFailed };

  bool acquire(const std::stop_token& stop);
  void renew(const std::stop_token& stop);
  void release();
  Attempt try_once(const std::stop_token& stop);
  Attempt write(const std::stop_token& stop);
  bool read(const std::stop_token& stop);
  void see(json::Document lease);
  std::string holder() const;
  std::string body(const std::string& holder, base::Duration duration) const;
  void report(std::string_view what, const kube::Error& error);
  void tried(Attempt attempt);
  void lose(std::string_view why);

  kube::Api& api_;
  os::Clock& clock_;
  const LeaseConfig config_;
  const kube::ObjectName name_;
  std::atomic<std::int64_t> renewed_at_ =
      0;  // boot clock, ns, of the start of the last successful renewal; 0: not the holder
  std::atomic<std::int64_t> transitions_ = -1;  // in the Lease as last seen; -1: it was not seen yet

  // Used in run() only:
  std::optional<json::Document> lease_;  // as last seen; empty if there was none
  std::string spec_;                     // of lease_
  base::BootTime seen_at_;               // when spec_ was first seen
  os::log::Gate failures_;
  os::log::Gate troubles_;

  mutable os::Mutex mutex_;
  std::optional<base::BootTime> failing_since_ GUARDED_BY(mutex_);  // since when no leader has been seen
  std::string cause_ GUARDED_BY(mutex_);
};

}  // namespace runtime
