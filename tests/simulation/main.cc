#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "schedule.h"

namespace {

using simulation::Outcome;
using simulation::run_schedule;
using simulation::Story;

/// Ends at the first violation.
int run_schedules(std::uint64_t from, std::uint64_t count, std::uint64_t steps, double minutes) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double, std::ratio<60>>(minutes);
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  Story silent(false);
  const auto enough = [&] {
    if (minutes > 0) return std::chrono::steady_clock::now() >= deadline;
    if (steps > 0) return total >= steps;
    return done >= count;
  };
  while (!enough()) {
    const std::uint64_t seed = from + done;
    const Outcome outcome = run_schedule(seed, silent);
    ++done;
    total += outcome.steps;
    if (!outcome.violation) continue;
    Story story(true);
    (void)run_schedule(seed, story);
    std::printf("VIOLATION: %s\nTo see it again: scripts/simulate --seed %llu\n", outcome.violation->c_str(),
                static_cast<unsigned long long>(seed));
    return EXIT_FAILURE;
  }
  std::printf("%llu schedules, %llu steps: no violation\n", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(total));
  return EXIT_SUCCESS;
}

int tell_schedule(std::uint64_t seed) {
  Story story(true);
  const Outcome outcome = run_schedule(seed, story);
  std::printf("%s\n", outcome.violation ? ("VIOLATION: " + *outcome.violation).c_str() : "no violation");
  return outcome.violation ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The operator in a simulated world: everything goes wrong that can, and must come to rest as it should");
  std::uint64_t seed = 0;
  std::uint64_t from = 1;
  std::uint64_t count = 1000;
  std::uint64_t steps = 0;
  double minutes = 0;
  const auto* one = app.add_option("--seed", seed, "run this schedule and tell its story");
  app.add_option("--from", from, "first seed");
  app.add_option("--seeds", count, "number of schedules");
  app.add_option("--steps", steps, "as many schedules as have that many steps");
  app.add_option("--minutes", minutes, "as many schedules as there is time for");
  CLI11_PARSE(app, argc, argv);
  base::log::init(base::log::Format::kText, static_cast<base::log::Level>(4));  // above all levels: silent
  return *one ? tell_schedule(seed) : run_schedules(from, count, steps, minutes);
}
