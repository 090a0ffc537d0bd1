#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "schedule.h"
#include "small_worlds.h"

namespace {

using simulation::Outcome;
using simulation::run_schedule;
using simulation::Story;

struct Options {
  std::uint64_t seed = 0;
  std::uint64_t from = 1;
  std::uint64_t seeds = 1000;
  std::uint64_t steps = 0;
  double minutes = 0;
  bool small_worlds = false;
  std::uint64_t part = 0;
  std::uint64_t parts = 1;
  bool quiet = false;
};

int tell_schedule(std::uint64_t seed) {
  Story story(true);
  const Outcome outcome = run_schedule(seed, story);
  std::printf("%s\n", outcome.violation ? ("VIOLATION: " + *outcome.violation).c_str() : "no violation");
  return outcome.violation ? EXIT_FAILURE : EXIT_SUCCESS;
}

void report(const char* what, std::uint64_t runs, std::uint64_t steps) {
  std::printf("%llu %s, %llu steps: no violation\n", static_cast<unsigned long long>(runs), what,
              static_cast<unsigned long long>(steps));
}

/// Ends at the first violation.
int run_schedules(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double, std::ratio<60>>(options.minutes);
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  Story silent(false);
  const auto enough = [&] {
    if (options.minutes > 0) return Clock::now() >= deadline;
    if (options.steps > 0) return total >= options.steps;
    return done >= options.seeds;
  };
  while (!enough()) {
    const std::uint64_t seed = options.from + done * options.parts + options.part;
    const Outcome outcome = run_schedule(seed, silent);
    ++done;
    total += outcome.steps;
    if (!outcome.violation) continue;
    if (!options.quiet) (void)tell_schedule(seed);
    std::printf("VIOLATION: %s\nTo see it again: scripts/simulate --seed %llu\n", outcome.violation->c_str(),
                static_cast<unsigned long long>(seed));
    return EXIT_FAILURE;
  }
  report("schedules", done, total);
  return EXIT_SUCCESS;
}

int run_small_worlds(const Options& options) {
  const auto result = simulation::run_small_worlds(options.part, options.parts);
  if (result.violation) {
    std::printf("VIOLATION: %s\n", result.violation->c_str());
    return EXIT_FAILURE;
  }
  report("small worlds", result.runs, result.steps);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The operator in a simulated world: everything goes wrong that can, and must come to rest as it should");
  Options options;
  const auto* one = app.add_option("--seed", options.seed, "run this schedule and tell its story");
  app.add_option("--from", options.from, "first seed");
  app.add_option("--seeds", options.seeds, "number of schedules");
  app.add_option("--steps", options.steps, "as many schedules as have that many steps");
  app.add_option("--minutes", options.minutes, "as many schedules as there is time for");
  app.add_flag("--small-worlds", options.small_worlds, "every mishap at every call of some short scenarios");
  app.add_option("--part", options.part, "which share of the work, from 0");
  app.add_option("--parts", options.parts, "in how many shares the work is done");
  app.add_flag("--quiet", options.quiet, "do not tell the story of a violation");
  CLI11_PARSE(app, argc, argv);
  // Above all levels: nothing of what the operator logs.
  base::log::init(base::log::Format::kText, static_cast<base::log::Level>(4));
  if (*one) return tell_schedule(options.seed);
  return options.small_worlds ? run_small_worlds(options) : run_schedules(options);
}
