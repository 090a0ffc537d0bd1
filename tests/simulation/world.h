#pragma once

#include <memory>
#include <vector>

#include "cloud.h"
#include "cluster.h"
#include "director.h"
#include "feature.h"
#include "lease.h"
#include "material.h"
#include "os/fake_clock.h"
#include "planner/observation.h"
#include "process.h"
#include "referee.h"
#include "service.h"
#include "story.h"
#include "traffic.h"
#include "troubles.h"
#include "user.h"

namespace simulation {

/// What a world is made of.
struct Setup {
  Features features;
  int processes = 1;
  bool election = false;     ///< without it, the one process always leads
  bool interleaved = true;   ///< processes stop at each call; else a reconcile runs through
  int quota = 2;             ///< spec.quota of the instance; the platform's may be larger
  int domain_quota = 10;     ///< likewise for domain configurations
  std::string domain_rules;  ///< spec.domains, the content of the list
  base::Duration resync = std::chrono::minutes(10);
  CloudVariant cloud;
  base::Duration api_latency{};  ///< each call of the API server takes that long
  std::string pruned;            ///< a field of both kinds' status that the API server's schema lacks
};

/// For the story.
std::string to_string(const Setup& setup);

/// The Secret with the credentials, as the operator finds it.
struct Credentials {
  enum class State { kThere, kMissing, kUnreadable } state = State::kThere;
  int version = 1;
};

inline constexpr const char* kInstance = "default";

/// Everything, in one thread, without real time or randomness.
class World {
 public:
  World(const Setup& with, Director& decides, Story& tells);

  const Setup setup;
  Story& story;
  Director* director;
  os::FakeClock clock{kStart};
  planner::Timing timing;
  Cluster cluster{clock};
  Cloud cloud{clock};
  Lease lease;
  User user{*this};
  Referee referee{*this};
  Service service{*this};
  Traffic traffic{*this};
  Troubles troubles;
  Credentials credentials;
  bool second_writer = false;  ///< somebody else writes that objects are not Ready, whenever they are
  bool other_in_scope = true;  ///< kOtherNamespace is watched by processes that start from now on
  std::vector<std::unique_ptr<Process>> processes;

  // Counted, for the referee.
  std::uint64_t writes = 0;
  std::uint64_t adds = 0;
  std::uint64_t lists = 0;        ///< of certificates and of domain configurations
  std::uint64_t other_calls = 0;  ///< of the platform, but for these

  /// What was on its way to the platform and has arrived by now.
  void settle_platform();
  /// A call of the operator changes something on the platform.
  template <class Act>
  void effect(const Act& act) {
    const Service::Served before = service.served();
    act();
    service.judge(before);
  }

  /// To be called after each write of a process, and after what a user does.
  void written_by(Process& process);
  void changed_by_user();

  /// Lets time pass, as far as the deadlines of calls under way allow; elections and renewals go on meanwhile.
  void advance(base::Duration d);
  /// Processes that must end do so, and those that may take the Lease take it.
  void elect();

  /// The calls under way are brought to their end, and what they lead to is done.
  void finish_runs();
  /// No call goes wrong any more, and what lasted is over: permissions, troubles with one object, credentials.
  void end_troubles();
  /// From here on nothing goes wrong: everything is delivered, done and waited for, until `d` has passed.
  void calm_down();
  void rest(base::Duration d);
  /// The longest that a reconcile of a few calls takes.
  base::Duration slowness() const { return 30 * (setup.cloud.latency + setup.api_latency); }

 private:
  /// Does one thing that can be done now. False if there is none.
  bool catch_up();

  CalmDirector calm_;
};

}  // namespace simulation
