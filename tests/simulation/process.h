#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "cluster.h"
#include "controller/reconciler.h"
#include "controller/store.h"
#include "controller/watch_handlers.h"
#include "director.h"
#include "fiber.h"
#include "runtime/leader_election.h"

namespace simulation {

class World;
class ApiClient;

/// Where the objects live that may go out of the watch scope.
inline constexpr const char* kOtherNamespace = "dev";

class CloudClient;

/// One replica of the operator: the real Store, watch handlers and Reconciler, with doubles of what is around them (the
/// reflectors, the work queue, the elector). It stops before each call, so everything can happen in between.
class Process final : public runtime::Leadership, private controller::PlatformProvider, private kube::EventSink {
 public:
  Process(World& world, int index);
  ~Process() override;

  int index() const { return index_; }
  std::string name() const { return std::string(1, static_cast<char>('A' + index_)); }

  // Life

  /// A new process: lists everything, knows nothing else.
  void start();
  /// What it was doing is torn off at its call; then it is started anew.
  void crash();
  /// As on SIGTERM: ends its run after the action it is at, gives the Lease away, and is started anew.
  void stop_gently();
  /// As when the grace of a shutdown is over: the call under way is cancelled, and so is each further one.
  void stop_hard();
  /// Not scheduled at all, as in a virtual machine that stands still; its Lease is not renewed either.
  bool frozen = false;
  /// Its Lease is not renewed, while it goes on working.
  bool cut_off = false;

  // Watches

  std::size_t backlog(Kind kind) const;
  void deliver(Kind kind);
  /// The watch was lost for good: everything is listed again.
  void relist(Kind kind);

  // Work

  bool running() const { return fiber_.active(); }
  /// There is something to do now.
  bool ready() const;
  /// When there will be, if nothing happens before.
  std::optional<base::BootTime> next_due() const;
  /// Begins a reconcile, or goes on to the next call of the one that is under way.
  void work();
  /// How much time may pass before the call under way meets its deadline.
  std::optional<base::Duration> patience() const;

  // Leadership, as the elector keeps it

  bool leading() const override;
  /// Was the leader and is not any more: the process must end.
  bool deposed() const { return renewed_at_.has_value() && !leading(); }
  void renew();

  // For the doubles and the referee

  /// Every call comes by here before it is made. Throws Crash.
  Fate at_call(const CallSite& call);
  /// Between the effect of a call and its answer.
  void await_answer();
  /// A call takes that long.
  void wait(base::Duration d);
  /// By stop_hard().
  bool cancelled() const { return hard_stop_.stop_requested(); }
  /// The instance was read or written, or a call for that began.
  void reads_ledger(base::BootTime when) { ledger_read_ = when; }
  base::BootTime ledger_read() const { return ledger_read_; }
  /// Whether the watches cover the namespace.
  bool covers(const std::string& ns) const { return ns != kOtherNamespace || covers_other_; }
  /// The credentials have changed: what concerns them is looked at again.
  void credentials_changed();
  base::BootTime run_began() const { return run_began_; }
  /// The object is known to be suspended, and was when the present action was planned.
  bool knew_suspended(const meta::Uid& uid) const;
  World& world() { return world_; }
  const controller::Store& store() const { return *store_; }
  /// When it last looked which certificates are served.
  struct Seen {
    std::uint64_t step = 0;
    base::BootTime when;
  };
  std::optional<Seen> domains_seen;
  /// Ids of certificates that are gone, as the answers to its DELETEs said, and the instance (uid) that this was for.
  std::map<iotda::CertificateId, meta::Uid> removed;

 private:
  void reconcile(const std::string& key);
  void finish(const std::string& key, const controller::ReconcileResult& result);
  void pause();
  void end();
  void note_suspension(const Change& change);

  controller::PlatformAccess access(const resources::Instance& instance, std::stop_token stop) override;
  void forget(const std::string& /*instance*/) override {}
  void publish(kube::Event event) override;

  World& world_;
  const int index_;
  Fiber fiber_;
  std::unique_ptr<ApiClient> api_;
  std::shared_ptr<CloudClient> platform_;
  std::unique_ptr<controller::Store> store_;
  std::unique_ptr<controller::Reconciler> reconciler_;
  std::array<std::unique_ptr<controller::StoreHandler>, 3> handlers_;
  std::array<std::size_t, 3> seen_{};  ///< places in the cluster's logs
  std::array<int, 3> epochs_{};        ///< of the cluster, when it listed
  std::stop_source soft_stop_;
  std::stop_source hard_stop_;

  std::set<std::string> queued_;
  std::map<std::string, base::BootTime> delayed_;
  std::map<std::string, int> failures_;
  bool dying_ = false;

  std::optional<base::BootTime> renewed_at_;
  base::BootTime busy_until_;
  base::BootTime ledger_read_;
  bool covers_other_ = true;
  bool had_credentials_ = false;
  base::BootTime call_began_;
  base::BootTime run_began_;
  std::map<meta::Uid, std::uint64_t> suspended_since_;  ///< the step at which this process learned of it
  std::uint64_t action_began_ = 0;                      ///< step
};

}  // namespace simulation
