#include "traffic.h"

#include <string>

#include "process.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

/// Five a second, and what a start may need at once; people who are at it all the time cause some more.
constexpr std::size_t kPerMinute = 5 * 60 + 100;

}  // namespace

void Traffic::run(const Process& process) {
  auto& runs = recent_.at(static_cast<std::size_t>(process.index())).runs;
  const base::BootTime now = world_.clock.boot_now();
  while (!runs.empty() && runs.front() + std::chrono::minutes(1) <= now) runs.pop_front();
  runs.push_back(now);
  if (runs.size() > kPerMinute) {
    throw Violation(process.name() + " begins " + std::to_string(runs.size()) + " reconciles in a minute");
  }
}

void Traffic::note(const Process& process, std::string_view verb) {
  ++calls_;
  auto& recent = recent_.at(static_cast<std::size_t>(process.index())).calls;
  const base::BootTime now = world_.clock.boot_now();
  while (!recent.empty() && recent.front() + std::chrono::minutes(1) <= now) recent.pop_front();
  recent.push_back(now);
  if (recent.size() > kPerMinute) {
    throw Violation(process.name() + " makes " + std::to_string(recent.size()) + " calls in a minute, the last one a " +
                    std::string(verb));
  }
}

}  // namespace simulation
