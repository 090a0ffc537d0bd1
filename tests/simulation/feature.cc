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
    {Feature::kDomainFaults, "domain-faults", true},
    {Feature::kDomainLag, "domain-lag", true},
    {Feature::kDomainQuota, "domain-quota", true},
    {Feature::kDomainDrift, "domain-drift", true},
    {Feature::kStrategies, "strategies", true},
    {Feature::kScope, "scope", true},
    {Feature::kCredentials, "credentials", true},
    {Feature::kPermissions, "permissions", true},
    {Feature::kSlowCalls, "slow-calls", true},
    {Feature::kShow, "show", true},
    {Feature::kOneObject, "one-object", true},
    {Feature::kRestore, "restore", true},
    {Feature::kHardStop, "hard-stop", true},
    {Feature::kFlapping, "flapping", true},
    {Feature::kDeletedInstance, "deleted-instance", true},
    {Feature::kLostLedger, "lost-ledger", true},
    {Feature::kPrunedStatus, "pruned-status", true},
    {Feature::kSecondWriter, "second-writer", true},
    {Feature::kSiege, "siege", true},
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
