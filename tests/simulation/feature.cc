#include "feature.h"

#include <array>

namespace simulation {
namespace {

struct Entry {
  Feature feature;
  std::string_view name;
  bool clean;  ///< no violation is known with it
};

constexpr std::array<Entry, static_cast<std::size_t>(Feature::kCount)> kEntries{{
    {Feature::kDomains, "domains", true},
    {Feature::kDomainFaults, "domain-faults", false},
    {Feature::kDomainLag, "domain-lag", false},
    {Feature::kDomainQuota, "domain-quota", false},
    {Feature::kDomainDrift, "domain-drift", false},
    {Feature::kStrategies, "strategies", false},
    {Feature::kScope, "scope", false},
    {Feature::kCredentials, "credentials", false},
    {Feature::kPermissions, "permissions", false},
    {Feature::kSlowCalls, "slow-calls", false},
    {Feature::kShow, "show", false},
    {Feature::kOneObject, "one-object", false},
    {Feature::kRestore, "restore", false},
    {Feature::kHardStop, "hard-stop", false},
    {Feature::kFlapping, "flapping", false},
    {Feature::kDeletedInstance, "deleted-instance", false},
    {Feature::kLostLedger, "lost-ledger", false},
    {Feature::kPrunedStatus, "pruned-status", false},
    {Feature::kSecondWriter, "second-writer", false},
    {Feature::kSiege, "siege", false},
}};

}  // namespace

std::string_view to_string(Feature feature) {
  return kEntries.at(static_cast<std::size_t>(feature)).name;
}

Features clean_features() {
  Features features;
  for (const Entry& entry : kEntries) features[static_cast<std::size_t>(entry.feature)] = entry.clean;
  return features;
}

std::optional<Features> parse_features(std::string_view text) {
  Features features;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const bool wanted = !word.starts_with('-');
    if (!wanted) word.remove_prefix(1);
    if (word == "all") {
      wanted ? features.set() : features.reset();
    } else if (word == "clean") {
      features = wanted ? features | clean_features() : features & ~clean_features();
    } else if (word != "none") {
      bool known = false;
      for (const Entry& entry : kEntries) {
        if (entry.name != word) continue;
        features[static_cast<std::size_t>(entry.feature)] = wanted;
        known = true;
      }
      if (!known) return std::nullopt;
    }
  }
  return features;
}

std::string to_string(const Features& features) {
  if (features == clean_features()) return "clean";
  std::string names;
  for (const Entry& entry : kEntries) {
    if (has(features, entry.feature)) names += (names.empty() ? "" : ",") + std::string(entry.name);
  }
  return names.empty() ? "none" : names;
}

}  // namespace simulation
