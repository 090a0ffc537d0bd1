#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace simulation {

/// A kind of trouble that a world can have. Each can be left out, so that a violation can be traced to one of them.
enum class Feature {
  kDomains,          ///< objects wish domains; the wishes change and move between objects
  kDomainFaults,     ///< create, update and delete of domain configurations are refused, lost, or done late
  kDomainLag,        ///< lists of domain configurations lag
  kDomainQuota,      ///< the platform takes one domain configuration only
  kDomainDrift,      ///< people change and remove domain configurations of the operator, and make others
  kStrategies,       ///< all rotation strategies, changed at run time
  kScope,            ///< a namespace leaves the watch scope and comes back
  kCredentials,      ///< credentials are replaced, missing, or cannot be read
  kPermissions,      ///< each call of the platform may be denied on its own, for a while or for good
  kSlowCalls,        ///< calls take time, up to beyond their deadlines
  kShow,             ///< show lags, fails, or spells the PEM in another way
  kOneObject,        ///< calls about one object fail
  kRestore,          ///< the API server's store goes back to an older state
  kHardStop,         ///< calls under way are cancelled when a process ends
  kFlapping,         ///< a Secret changes again and again
  kDeletedInstance,  ///< the instance is being deleted while Secrets are renewed
  kLostLedger,       ///< what the ledger knew before it was lost must be found again
  kPrunedStatus,     ///< the API server's schema lacks some fields of the status
  kSecondWriter,     ///< another operator writes the status of an object again and again
  kSiege,            ///< before all comes to rest, hours in which a trouble lasts
  kCount
};

using Features = std::bitset<static_cast<std::size_t>(Feature::kCount)>;

inline bool has(const Features& features, Feature feature) {
  return features[static_cast<std::size_t>(feature)];
}

std::string_view to_string(Feature feature);
/// Those in which no violation is known: what the tests of the project run with.
Features clean_features();
/// "all", "none", "clean", or names separated by commas; "-NAME" takes one away, "clean,restore" adds one. None:
/// unknown name.
std::optional<Features> parse_features(std::string_view text);
std::string to_string(const Features& features);

}  // namespace simulation
