#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "cloud.h"
#include "cluster.h"
#include "director.h"
#include "lease.h"
#include "material.h"
#include "operator/observation.h"
#include "process.h"
#include "referee.h"
#include "story.h"
#include "user.h"

namespace simulation {

/// What a world is made of.
struct Setup {
  int processes = 1;
  bool election = false;    ///< without it, the one process always leads
  bool interleaved = true;  ///< processes stop at each call; else a reconcile runs through
  int quota = 2;            ///< spec.quota of the instance; the platform's may be larger
  base::Duration resync = std::chrono::minutes(10);
  CloudVariant cloud;
};

inline constexpr const char* kInstance = "default";

/// Everything, in one thread, without real time or randomness.
class World {
 public:
  World(const Setup& with, Director& decides, Story& tells);

  const Setup setup;
  Story& story;
  Director* director;
  base::FakeClock clock{kStart};
  controller::Timing timing;
  Cluster cluster{clock};
  Cloud cloud{clock};
  Lease lease;
  User user{*this};
  Referee referee{*this};
  std::vector<std::unique_ptr<Process>> processes;

  // Counted, for the referee.
  std::uint64_t writes = 0;
  std::uint64_t adds = 0;
  std::uint64_t other_calls = 0;  ///< of the platform, but for add and list

  /// To be called after each write of a process, and after what a user does.
  void written_by(Process& process);
  void changed_by_user();

  /// Lets time pass, as far as the deadlines of calls under way allow; elections and renewals go on meanwhile.
  void advance(base::Duration d);
  /// Processes that must end do so, and those that may take the Lease take it.
  void elect();

  /// From here on nothing goes wrong: everything is delivered, done and waited for, until `d` has passed.
  void calm_down();
  void rest(base::Duration d);

 private:
  /// Does one thing that can be done now. False if there is none.
  bool catch_up();

  CalmDirector calm_;
};

}  // namespace simulation
