#include "planner/domain_claims.h"

#include "planner/ownership.h"

namespace planner {
namespace {

Problem name_of_others(const Draft& d, const std::string& name, const DomainRule* rule, const Domain* entry) {
  if (rule != nullptr && rule->decides()) {
    return {Reason::kNamespaceNotAllowed,
            "spec.domains of IoTDAInstance " + d.o.instance_name + " assigns " + rule->name +
                " to other namespaces; use another domain, or ask an administrator to add "
                "this namespace there"};
  }
  return {Reason::kDomainConflict,
          "domain " + name + " belongs to namespace " + entry->owner.ns +
              ", which used it first; an administrator can assign it to other namespaces in spec.domains of "
              "the IoTDAInstance, or release it: " +
              annotate_command(d.o, kReleaseDomainAnnotation, name)};
}

Problem domain_of_other(const Domain& entry) {
  return {Reason::kDomainConflict, "domain " + entry.name + " belongs to ServerCertificate " + entry.owner.to_string() +
                                       "; use another domain, or remove spec.domainConfiguration from that object"};
}

Problem foreign_domain(const platform::DomainConfiguration& there, bool asked) {
  return {Reason::kDomainConflict,
          "domain configuration " + there.id.str() + " (" + there.domain_name +
              ") on the platform is not managed by the operator; delete it there, or, to take it over, " +
              (asked ? "" : "set spec.domainConfiguration.adoptionPolicy to IfExists and ") +
              "ask an administrator to set adopt: true for this name in spec.domains of the IoTDAInstance"};
}

}  // namespace

const DomainSpec* wish_of(const CertificateView* view) {
  if (view == nullptr || view->object->meta.deleting || !view->object->domain) return nullptr;
  return &*view->object->domain;
}

bool wishes(const CertificateView* view, const std::string& name) {
  const DomainSpec* wish = wish_of(view);
  return wish != nullptr && wish->name == name;
}

bool may_claim(const Draft& d, const CertificateView& view, const std::string& name) {
  return resources::may_claim(d.o.instance->domain_rules, d.domains, name, view.object->meta.name.ns);
}

bool may_inherit(const Draft& d, const CertificateView& view, const Domain& entry) {
  if (!may_claim(d, view, entry.name)) return false;
  if (view.object->meta.name == entry.owner) return true;
  const DomainRule* rule = rule_for(d.o.instance->domain_rules, entry.name);
  return view.allowed && (entry.state != DomainState::kRetained || (rule != nullptr && rule->adopt));
}

Claims domain_claims(const Draft& d) {
  Claims claims;
  for (const CertificateView& view : d.o.certificates) {
    if (d.has_place(view.object->meta.uid)) claim_domain(d, view, claims);
  }
  return claims;
}

void claim_domain(const Draft& d, const CertificateView& view, Claims& claims) {
  const DomainSpec* wish = wish_of(&view);
  if (wish == nullptr || find_used_domain(d.domains, wish->name) != nullptr) return;
  if (d.o.domains && d.o.domains->find(wish->name) != nullptr) return;
  claims.emplace(wish->name, view.object->meta.name);
}

std::optional<Problem> domain_obstacle(const Draft& d, const CertificateView& view, const DomainSpec& wish,
                                       const Claims& claims) {
  const Domain* entry = find_domain(d.domains, wish.name);
  const DomainRule* rule = rule_for(d.o.instance->domain_rules, wish.name);
  const bool known = entry != nullptr && entry->is_used() && entry->state != DomainState::kOther;
  if (known && entry->owner_uid == view.object->meta.uid) return std::nullopt;
  if (!view.allowed) return not_allowed(d, view);
  if (!may_claim(d, view, wish.name)) return name_of_others(d, wish.name, rule, entry);
  if (entry != nullptr && entry->is_used()) {
    const CertificateView* owner = d.view_of(entry->owner_uid);
    const bool given_up = owner == nullptr ? d.o.gone_since.contains(entry->owner_uid) : !wishes(owner, wish.name);
    const bool left = entry->state == DomainState::kRetained;
    const bool free = entry->state != DomainState::kOther && (given_up || left) && may_inherit(d, view, *entry);
    return free ? std::nullopt : std::optional(domain_of_other(*entry));
  }
  if (!d.o.domains) return std::nullopt;
  if (const platform::DomainConfiguration* there = d.o.domains->find(wish.name)) {
    if (!wish.adopt || rule == nullptr || !rule->adopt) return foreign_domain(*there, wish.adopt);
    return std::nullopt;
  }
  std::string holders;
  std::size_t taken = 0;
  bool going = false;
  const auto count = [&](const std::string& name, const std::string& whose) {
    ++taken;
    holders += (holders.empty() ? "" : ", ") + name + " (" + whose + ")";
  };
  for (const Domain& other : d.domains) {
    if (!other.is_used()) continue;
    count(other.name, other.owner.to_string());
    going = going || !wishes(d.view_of(other.owner_uid), other.name);
  }
  for (const platform::DomainConfiguration& there : d.o.domains->configurations) {
    if (find_used_domain(d.domains, there.domain_name) == nullptr)
      count(there.domain_name, "not managed by the operator");
  }
  for (const auto& [name, claimant] : claims) {
    if (name != wish.name) count(name, claimant.to_string());
  }
  if (taken < static_cast<std::size_t>(d.o.instance->domain_quota)) return std::nullopt;
  const std::string full = "quota of domain configurations reached (" + std::to_string(taken) + " of " +
                           std::to_string(d.o.instance->domain_quota) + ") on IoTDAInstance " + d.o.instance_name +
                           ": " + holders;
  if (going) return Problem{Reason::kProgressing, full + "; waiting until one of them is deleted"};
  return Problem{Reason::kQuotaExceeded, full +
                                             "; use one of these domains, delete one, or raise "
                                             "spec.quota.domainConfigurations if the platform allows more"};
}

Problem not_allowed(const Draft& d, const CertificateView& view) {
  return {Reason::kNamespaceNotAllowed, "spec.allowedNamespaces of IoTDAInstance " + d.o.instance_name +
                                            " does not allow namespace " + view.object->meta.name.ns +
                                            "; ask an administrator to add it there"};
}

}  // namespace planner
