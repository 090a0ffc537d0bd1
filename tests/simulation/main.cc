#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "material.h"
#include "os/log.h"
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
  std::uint64_t turns = 1;
  bool quiet = false;
  bool survey = false;
  simulation::Features features = simulation::clean_features();
};

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

int tell_schedule(std::uint64_t seed, const simulation::Features& features) {
  Story story(true);
  const Outcome outcome = run_schedule(seed, features, story);
  std::printf("%s\n", outcome.violation ? ("VIOLATION: " + *outcome.violation).c_str() : "no violation");
  return outcome.violation ? EXIT_FAILURE : EXIT_SUCCESS;
}

void report(const char* what, std::uint64_t runs, std::uint64_t steps) {
  std::printf("%llu %s, %llu steps: no violation\n", static_cast<unsigned long long>(runs), what,
              static_cast<unsigned long long>(steps));
}

/// Without what differs from seed to seed: numbers, and the names of objects.
std::string kind_of(const std::string& violation) {
  std::string kind;
  for (const std::string& word : split(violation)) {
    const bool name = word.size() <= 2 || word.find_first_of("0123456789/.") != std::string::npos;
    if (!name) kind += word + " ";
    if (!name || !kind.ends_with("* ")) kind += name ? "* " : "";
  }
  return kind.substr(0, 90);
}

/// What came of one schedule; a crash of the operator is one thing that can.
std::optional<std::string> in_a_child(std::uint64_t seed, const simulation::Features& features) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    Story silent(false);
    const std::string violation = run_schedule(seed, features, silent).violation.value_or("");
    (void)!write(ends[1], violation.data(), violation.size());
    _exit(violation.empty() ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  close(ends[1]);
  std::string violation(4096, '\0');
  const ssize_t size = read(ends[0], violation.data(), violation.size());
  violation.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "the operator crashes: " + std::string(strsignal(WTERMSIG(status)));
  if (violation.empty()) return std::nullopt;
  return violation;
}

/// All violations that there are, by kind, with the seeds of some.
int survey(const Options& options) {
  std::map<std::string, std::vector<std::uint64_t>> found;
  (void)simulation::chains();
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.from + i * options.parts + options.part;
    const auto violation = in_a_child(seed, options.features);
    if (violation) found[kind_of(*violation)].push_back(seed);
  }
  for (const auto& [kind, seeds] : found) {
    std::printf("%4zu  %s [", seeds.size(), kind.c_str());
    for (std::size_t i = 0; i < std::min<std::size_t>(seeds.size(), 4); ++i) {
      std::printf(" %llu", static_cast<unsigned long long>(seeds[i]));
    }
    std::printf(" ]\n");
  }
  return found.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
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
    const Outcome outcome = run_schedule(seed, options.features, silent);
    ++done;
    total += outcome.steps;
    if (!outcome.violation) continue;
    if (!options.quiet) (void)tell_schedule(seed, options.features);
    std::printf("VIOLATION: %s\nTo see it again: scripts/simulate --features %s --seed %llu\n",
                outcome.violation->c_str(), simulation::to_string(options.features).c_str(),
                static_cast<unsigned long long>(seed));
    return EXIT_FAILURE;
  }
  report("schedules", done, total);
  return EXIT_SUCCESS;
}

/// With turns, each hour another share of the worlds has its turn.
int run_small_worlds(const Options& options) {
  using Hours = std::chrono::duration<std::uint64_t, std::ratio<3600>>;
  const std::uint64_t hour =
      std::chrono::duration_cast<Hours>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::uint64_t part = options.part + options.parts * (hour % options.turns);
  const std::uint64_t parts = options.parts * options.turns;
  const auto result = simulation::run_small_worlds(part, parts);
  if (result.violation) {
    std::printf("VIOLATION: %s\nTo see it again: simulation --small-worlds --part %llu --parts %llu\n",
                result.violation->c_str(), static_cast<unsigned long long>(part),
                static_cast<unsigned long long>(parts));
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
  app.add_option("--turns", options.turns, "of the small worlds, one share of so many, another one each hour");
  std::string features = "clean";
  app.add_option("--features", features, "which troubles there are: clean, all, none, names, -NAME (feature.h)");
  app.add_flag("--survey", options.survey, "go on after a violation and tell of each kind once");
  app.add_flag("--quiet", options.quiet, "do not tell the story of a violation");
  CLI11_PARSE(app, argc, argv);
  const auto chosen = simulation::parse_features(features);
  if (!chosen) {
    std::fprintf(stderr, "unknown feature in %s\n", features.c_str());
    return EXIT_FAILURE;
  }
  options.features = *chosen;
  // Above all levels: nothing of what the operator logs.
  os::log::init(os::log::Format::kText, static_cast<os::log::Level>(4));
  if (options.survey) return survey(options);
  if (*one) return tell_schedule(options.seed, options.features);
  return options.small_worlds ? run_small_worlds(options) : run_schedules(options);
}
