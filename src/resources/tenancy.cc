#include "resources/tenancy.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "resources/server_certificate.h"

namespace resources {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> parse_strings(const json::Value& list) {
  std::vector<std::string> strings;
  for (const json::Value& item : list.items()) strings.push_back(item.string_or(""));
  return strings;
}

/// Removes the oldest kept name of the namespace that has the most of them.
void forget_one_kept(DomainLedger& domains) {
  std::map<std::string, std::size_t> kept;
  for (const Domain& entry : domains) {
    if (entry.state == DomainState::kKept) ++kept[entry.owner.ns];
  }
  const auto most =
      std::max_element(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == kept.end()) return;
  auto oldest = domains.end();
  for (auto it = domains.begin(); it != domains.end(); ++it) {
    if (it->state != DomainState::kKept || it->owner.ns != most->first) continue;
    if (oldest == domains.end() || it->since < oldest->since) oldest = it;
  }
  domains.erase(oldest);
}

}  // namespace

bool AllowedNamespaces::allows(const std::string& ns, const meta::Labels& of) const {
  switch (from) {
    case From::kAll:
      return true;
    case From::kNames:
      return contains(names, ns);
    case From::kSelector:
      // Every namespace has a label with its name, so a namespace without labels is not known.
      return !of.empty() && selector.matches(of);
  }
  return false;
}

AllowedNamespaces parse_allowed_namespaces(const json::Value& spec) {
  AllowedNamespaces allowed;
  const std::string from = spec["from"].string_or("All");
  if (from == "All") return allowed;
  // A value that this version does not know allows no namespace.
  allowed.from = from == "Selector" ? AllowedNamespaces::From::kSelector : AllowedNamespaces::From::kNames;
  if (from == "Names") allowed.names = parse_strings(spec["names"]);
  allowed.selector = meta::parse_label_selector(spec["selector"]);
  return allowed;
}

std::vector<DomainRule> parse_domain_rules(const json::Value& list) {
  std::vector<DomainRule> rules;
  for (const json::Value& item : list.items()) {
    rules.push_back({base::host_key(item["name"].string_or("")), parse_strings(item["namespaces"]),
                     item["adopt"].boolean_or(false)});
  }
  return rules;
}

const DomainRule* rule_for(const std::vector<DomainRule>& rules, std::string_view domain) {
  const auto named = [&](const std::string& name) -> const DomainRule* {
    const auto it = std::find_if(rules.begin(), rules.end(), [&](const DomainRule& rule) { return rule.name == name; });
    return it == rules.end() ? nullptr : &*it;
  };
  if (const DomainRule* exact = named(std::string(domain))) return exact;
  const std::size_t dot = domain.find('.');
  return dot == std::string_view::npos ? nullptr : named("*" + std::string(domain.substr(dot)));
}

bool may_claim(const std::vector<DomainRule>& rules, const DomainLedger& domains, std::string_view domain,
               const std::string& ns) {
  const DomainRule* rule = rule_for(rules, domain);
  if (rule != nullptr && rule->decides()) return contains(rule->namespaces, ns);
  const Domain* entry = find_domain(domains, domain);
  return entry == nullptr || entry->owner.ns == ns;
}

void vacate(DomainLedger& domains, std::string_view name, const std::vector<DomainRule>& rules) {
  const auto it = std::find_if(domains.begin(), domains.end(), [&](const Domain& d) { return d.name == name; });
  if (it == domains.end()) return;
  const DomainRule* rule = rule_for(rules, name);
  if (!it->served_once || (rule != nullptr && rule->decides())) {
    domains.erase(it);
    return;
  }
  it->keep_name();
  const auto kept =
      std::count_if(domains.begin(), domains.end(), [](const Domain& d) { return d.state == DomainState::kKept; });
  if (static_cast<std::size_t>(kept) > kMaxKept) forget_one_kept(domains);
}

}  // namespace resources
