#include "climate.h"

#include <array>

namespace simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How many worlds of a hundred have it.
unsigned share_of(Feature feature) {
  switch (feature) {
    case Feature::kDomains:
      return 60;
    case Feature::kDomainFaults:
    case Feature::kDomainLag:
    case Feature::kDomainDrift:
    case Feature::kStrategies:
    case Feature::kSiege:
      return 50;
    default:
      return 30;
  }
}

Features chosen(Prng& prng, const Features& features) {
  Features some;
  for (std::size_t i = 0; i < features.size(); ++i) {
    // As many numbers are drawn whatever is allowed, so that worlds resemble each other.
    some[i] = prng.chance(share_of(static_cast<Feature>(i))) && features[i];
  }
  return some;
}

/// Mostly names are for both namespaces. Nothing is drawn for it, so that it changes no schedule.
std::string domain_rules(const CloudVariant& cloud) {
  if (!cloud.refuses_duplicates) return kNamesForAll;
  return cloud.refuses_to_delete_bound ? "" : R"({"name":"*.example.com","adopt":true})";
}

}  // namespace

Climate make_climate(Prng& prng, const Features& features) {
  static constexpr std::array<unsigned, 4> kFaults{0, 3, 10, 25};
  Climate climate;
  climate.features = chosen(prng, features);
  const auto world_has = [&](Feature feature) { return has(climate.features, feature); };
  climate.faults = kFaults.at(prng.below(kFaults.size()));
  climate.slow_answers = prng.chance(40);
  climate.slow_calls = world_has(Feature::kSlowCalls) && prng.chance(70);
  climate.garbles = world_has(Feature::kShow) && prng.chance(50);
  climate.crashes = prng.chance(60);
  climate.late_adds = prng.chance(50);
  climate.denials = prng.chance(20) || world_has(Feature::kPermissions);
  climate.lagging_watches = prng.chance(60);
  climate.leases_move = prng.chance(60);
  climate.haste = static_cast<unsigned>(1 + prng.below(4));
  User::Habits& habits = climate.habits;
  habits.loses_ledger = prng.chance(15);
  habits.forces = prng.chance(30);
  habits.deletes_instance = prng.chance(15);
  habits.suspends = prng.chance(30);
  habits.breaks = prng.chance(40);
  habits.shares = prng.chance(40);
  habits.uses_console = prng.chance(40) || world_has(Feature::kDomainDrift);
  habits.takes_ours = prng.chance(15);
  habits.binds = prng.chance(50);
  habits.wishes = world_has(Feature::kDomains);
  habits.drifts = world_has(Feature::kDomainDrift);
  habits.varies = world_has(Feature::kStrategies);
  return climate;
}

Setup make_setup(Prng& prng, const Climate& climate) {
  const auto world_has = [&](Feature feature) { return has(climate.features, feature); };
  Setup setup;
  setup.features = climate.features;
  setup.processes = prng.chance(50) ? 2 : 1;
  setup.election = setup.processes > 1 || prng.chance(30);
  setup.quota = static_cast<int>(1 + prng.below(3));
  CloudVariant& cloud = setup.cloud;
  cloud.quota = static_cast<std::size_t>(setup.quota) + (prng.chance(50) ? 0U : 3U);
  cloud.refuses_duplicates = prng.chance(50);
  cloud.refuses_to_delete_bound = prng.chance(50);
  setup.domain_rules = domain_rules(cloud);
  cloud.list_lag = seconds(prng.chance(50) ? 60 : 0);
  cloud.domain_list_lag = seconds(world_has(Feature::kDomainLag) ? 60 : 0);
  if (world_has(Feature::kDomainQuota)) {
    cloud.domain_quota = 1;
    setup.domain_quota = prng.chance(75) ? 1 : 10;  // or the operator does not know it
  }
  if (world_has(Feature::kShow)) {
    static constexpr std::array<Spelling, 4> kSpellings{Spelling::kAsSent, Spelling::kCarriageReturns,
                                                        Spelling::kEscapedLineBreaks, Spelling::kBlankLines};
    cloud.spelling = kSpellings.at(prng.below(kSpellings.size()));
    cloud.show_lag = seconds(prng.chance(50) ? 20 : 0);
  }
  if (world_has(Feature::kPrunedStatus)) {
    static constexpr std::array<const char*, 5> kFields{"observedSecrets", "pending", "lastError", "attempts",
                                                        "signing"};
    setup.pruned = kFields.at(prng.below(kFields.size()));
  }
  if (world_has(Feature::kSlowCalls)) {
    static constexpr std::array<base::Duration, 5> kLatencies{seconds(0), seconds(1), seconds(3), seconds(12),
                                                              seconds(20)};
    cloud.latency = kLatencies.at(prng.below(kLatencies.size()));
    setup.api_latency = prng.chance(30) ? base::Duration(milliseconds(800)) : base::Duration{};
  }
  return setup;
}

}  // namespace simulation
