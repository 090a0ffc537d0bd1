#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "meta/label_selector.h"
#include "resources/domain_ledger.h"

// Who may use an IoTDAInstance, and whose a domain name is.
namespace resources {

/// spec.allowedNamespaces.
struct AllowedNamespaces {
  enum class From { kAll, kNames, kSelector };
  From from = From::kAll;
  std::vector<std::string> names;
  meta::LabelSelector selector;

  /// `labels` of the namespace; none where it is not known.
  bool allows(const std::string& ns, const meta::Labels& labels) const;
};

AllowedNamespaces parse_allowed_namespaces(const json::Value& spec);

/// One of spec.domains.
struct DomainRule {
  std::string name;                     ///< base::host_key(), or "*." and one for all names with one more label
  std::vector<std::string> namespaces;  ///< who may claim the name; empty: who had it first
  bool adopt = false;                   ///< configurations of that name that others made may be taken over

  /// The namespaces are named here, and so need not be remembered.
  bool decides() const { return !namespaces.empty(); }
};

std::vector<DomainRule> parse_domain_rules(const json::Value& list);

/// The one for exactly this name, else the one whose wildcard covers it; null: none.
const DomainRule* rule_for(const std::vector<DomainRule>& rules, std::string_view domain);

/// Whether objects of the namespace may have the domain: as the rule says, else as the ledger does, where the name
/// belongs to the namespace that had it first.
bool may_claim(const std::vector<DomainRule>& rules, const DomainLedger& domains, std::string_view domain,
               const std::string& ns);

/// The names that are kept for a namespace without a configuration; how many in all. A tenant that claims one name
/// after the other loses its own.
inline constexpr std::size_t kMaxKept = 32;

/// The configuration of the entry is gone, or was never made. The name stays with its namespace if it was served once,
/// and no rule says whose it is.
void vacate(DomainLedger& domains, std::string_view name, const std::vector<DomainRule>& rules);

}  // namespace resources
