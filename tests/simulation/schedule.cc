#include "schedule.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "climate.h"
#include "prng.h"
#include "rest.h"
#include "siege.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class RandomDirector final : public Director {
 public:
  RandomDirector(Prng& prng, const Climate& climate) : prng_(prng), climate_(climate) {}

  Fate fate(const CallSite& call) override {
    Fate fate;
    fate.list_lag = seconds(prng_.below(61));
    fate.commit = seconds(1 + prng_.below(90));
    fate.slow_answer = climate_.slow_answers && prng_.chance(25);
    fate.refusal = static_cast<unsigned>(prng_.below(refusals(call.kind)));
    fate.garbled = climate_.garbles && prng_.chance(10);
    if (climate_.slow_calls && prng_.chance(15)) fate.takes = seconds(prng_.below(61));
    const bool bind = call.kind == CallSite::Kind::kBind;
    const unsigned share = !bind ? climate_.faults : has(climate_.features, Feature::kDomainFaults) ? 40 : 0;
    if (!prng_.chance(share)) return fate;
    std::vector<Fate::Kind> kinds{Fate::Kind::kLostBefore, Fate::Kind::kLostAfter, Fate::Kind::kRefused};
    if (climate_.crashes) kinds.insert(kinds.end(), {Fate::Kind::kCrashBefore, Fate::Kind::kCrashAfter});
    if (climate_.late_adds && (call.kind == CallSite::Kind::kAdd || bind)) {
      kinds.push_back(Fate::Kind::kLate);
      if (climate_.crashes) kinds.push_back(Fate::Kind::kCrashLate);
    }
    fate.kind = kinds[prng_.below(kinds.size())];
    return fate;
  }

 private:
  Prng& prng_;
  const Climate& climate_;
};

class Schedule {
 public:
  Schedule(std::uint64_t seed, const Features& features, Story& story)
      : prng_(seed),
        climate_(make_climate(prng_, features)),
        director_(prng_, climate_),
        world_(make_setup(prng_, climate_), director_, story) {}

  void run() {
    world_.story.tell([&] { return "the world: " + to_string(climate_.features) + "; " + to_string(world_.setup); });
    const std::size_t steps = 100 + prng_.below(300);
    for (std::size_t i = 0; i < steps; ++i) {
      world_.story.begin_step();
      step();
    }
    if (has(features(), Feature::kSiege)) besiege(world_, prng_);
    come_to_rest(world_);
  }

 private:
  void step() {
    if (deliver()) return;
    if (prng_.chance(4 * climate_.haste)) {
      world_.user.do_something(prng_, climate_.habits);
    } else if (climate_.habits.uses_console && prng_.chance(8)) {
      world_.user.do_something_in_console(prng_, climate_.habits);
    } else if (prng_.chance(3)) {
      trouble();
    } else if (!work()) {
      pass_time();
    }
  }

  const Features& features() const { return climate_.features; }
  Process& some_process() { return *world_.processes[prng_.below(world_.processes.size())]; }

  bool deliver() {
    Process& process = some_process();
    const Kind kind = kKinds.at(prng_.below(kKinds.size()));
    if (process.frozen || process.backlog(kind) == 0) return false;
    if (prng_.chance(climate_.lagging_watches ? 85 : 20)) return false;
    process.deliver(kind);
    world_.story.tell([&] {
      return process.name() + " sees a change of a" + (kind == Kind::kInstances ? "n " : " ") + to_string(kind);
    });
    return true;
  }

  bool work() {
    Process& process = some_process();
    if (!process.ready() || prng_.chance(10)) return false;
    process.work();
    world_.elect();
    return true;
  }

  void pass_time() {
    static constexpr std::array<base::Duration, 7> kPauses{milliseconds(100), seconds(1), seconds(4), seconds(12),
                                                           seconds(40),       minutes(3), minutes(11)};
    base::Duration d = kPauses.at(prng_.below(kPauses.size()));
    if (prng_.chance(50)) {
      for (const auto& process : world_.processes) {
        const auto due = process->next_due();
        if (due) d = std::clamp<base::Duration>(*due - world_.clock.boot_now(), milliseconds(1), std::chrono::hours(1));
      }
    }
    world_.advance(d);
  }

  void trouble() {
    Process& process = some_process();
    switch (prng_.below(14)) {
      case 8:
        if (has(features(), Feature::kScope)) {
          world_.other_in_scope = !world_.other_in_scope;
          world_.story.tell([&] {
            return std::string("user: the operator is to ") + (world_.other_in_scope ? "watch" : "leave out") +
                   " the other namespace; " + process.name() + " begins";
          });
          process.stop_gently();
        }
        return;
      case 9:
        if (has(features(), Feature::kCredentials)) change_credentials(world_, prng_);
        return;
      case 10:
        if (has(features(), Feature::kOneObject)) trouble_with_one_object(world_, prng_, /*lasting=*/prng_.chance(40));
        return;
      case 11:
        if (has(features(), Feature::kRestore)) back_up_or_restore();
        return;
      case 12:
        if (has(features(), Feature::kHardStop)) {
          world_.story.tell([&] { return process.name() + " is asked to end at once"; });
          process.stop_hard();
        }
        return;
      case 13:
        world_.troubles.clear();
        return;
      case 0:
        if (climate_.crashes) {
          world_.story.tell([&] { return process.name() + " CRASHES"; });
          process.crash();
        }
        return;
      case 1:
        if (climate_.leases_move && world_.setup.election) freeze(process);
        return;
      case 2:
        if (climate_.leases_move && world_.setup.election) {
          process.cut_off = !process.cut_off;
          world_.story.tell([&] { return process.name() + (process.cut_off ? " renews no Lease" : " renews again"); });
        }
        return;
      case 3:
        world_.story.tell([&] { return process.name() + " is asked to end"; });
        process.stop_gently();
        return;
      case 4:
        process.relist(kKinds.at(prng_.below(kKinds.size())));
        return;
      case 5:
      case 6:
        if (climate_.denials) change_permissions();
        return;
      default:
        return;
    }
  }

  void back_up_or_restore() {
    if (world_.user.has_backup()) {
      world_.user.restore();
    } else if (world_.cluster.instance(kInstance) != nullptr) {
      world_.story.tell([] { return std::string("user: backs up the API server's storage"); });
      world_.user.back_up();
    }
  }

  void freeze(Process& process) {
    process.frozen = !process.frozen;
    world_.story.tell([&] { return process.name() + (process.frozen ? " stands still" : " goes on"); });
    world_.elect();
  }

  void change_permissions() {
    Permissions& may = world_.cloud.permissions;
    const std::array<bool*, 9> each{&may.list, &may.show,          &may.domains,       &may.remove,       &may.valid,
                                    &may.add,  &may.create_domain, &may.update_domain, &may.remove_domain};
    const bool all = has(features(), Feature::kPermissions);
    bool& one = *each.at(prng_.below(all ? each.size() : 5));
    one = !one;
    if (!may.sees()) world_.referee.list_was_denied();
    world_.story.tell([&] { return "platform: the credentials may " + to_string(may); });
  }

  Prng prng_;
  const Climate climate_;
  RandomDirector director_;
  World world_;
};

}  // namespace

Outcome run_schedule(std::uint64_t seed, const Features& features, Story& story) {
  const std::uint64_t before = story.steps();
  Outcome outcome;
  try {
    Schedule(seed, features, story).run();
  } catch (const Violation& violation) {
    outcome.violation = violation.what();
  }
  outcome.steps = story.steps() - before;
  return outcome;
}

}  // namespace simulation
