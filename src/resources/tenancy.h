#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "meta/label_selector.h"
#include "resources/domain_ledger.h"

// Which namespaces can use an IoTDAInstance and a domain name.
namespace resources {

/// spec.allowedNamespaces.
struct AllowedNamespaces {
  enum class From { kAll, kNames, kSelector };
  From from = From::kAll;
  std::vector<std::string> names;
  meta::LabelSelector selector;

  /// `labels` of the namespace; empty if the namespace is not known.
  bool allows(const std::string& ns, const meta::Labels& labels) const;
};

AllowedNamespaces parse_allowed_namespaces(const json::Value& spec);

/// One of spec.domains.
struct DomainRule {
  std::string name;                     ///< base::host_key(); "*.example.com" covers all names with one more label
  std::vector<std::string> namespaces;  ///< these can use the name; empty: the one that used it first
  bool adopt = false;                   ///< domain configurations of other parties can be taken over

  /// The rule lists the namespaces, so the ledger need not record the first one.
  bool decides() const { return !namespaces.empty(); }
};

std::vector<DomainRule> parse_domain_rules(const json::Value& list);

/// The rule for exactly this name, otherwise the one whose wildcard covers it; null if there is none.
const DomainRule* rule_for(const std::vector<DomainRule>& rules, std::string_view domain);

/// Whether objects of the namespace can use the domain. The rule decides; without one, the ledger: the name belongs to
/// the namespace that used it first.
bool may_claim(const std::vector<DomainRule>& rules, const DomainLedger& domains, std::string_view domain,
               const std::string& ns);

/// Maximum number of names in state Kept, over all namespaces. If there are more, the namespace with the most of them
/// loses its oldest one, so a tenant that claims many names cannot displace those of others.
inline constexpr std::size_t kMaxKept = 32;

/// The configuration of the entry was deleted, or never created. The name stays with its namespace if it was served
/// once and no rule lists the namespaces for it.
void vacate(DomainLedger& domains, std::string_view name, const std::vector<DomainRule>& rules);

}  // namespace resources
