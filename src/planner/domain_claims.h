#pragma once

#include <map>
#include <optional>
#include <string>

#include "planner/draft.h"

// Who may have a domain.
namespace planner {

/// The object's wish for a domain, if anything may be done about it now; null: none.
const DomainSpec* wish_of(const CertificateView* view);
bool wishes(const CertificateView* view, const std::string& name);

bool may_claim(const Draft& d, const CertificateView& view, const std::string& name);
/// What was retained goes to the object of the same name, or to whom an administrator lets take over.
bool may_inherit(const Draft& d, const CertificateView& view, const Domain& entry);

/// Objects by the name of a domain that has no configuration yet.
using Claims = std::map<std::string, meta::ObjectName>;
/// Domains that objects are about to get, because they have a slot or are about to get that.
Claims domain_claims(const Draft& d);
void claim_domain(const Draft& d, const CertificateView& view, Claims& claims);

/// Why the domain cannot be the object's; nothing if it can.
std::optional<Problem> domain_obstacle(const Draft& d, const CertificateView& view, const DomainSpec& wish,
                                       const Claims& claims);

/// What an object says whose namespace may not use the instance.
Problem not_allowed(const Draft& d, const CertificateView& view);

}  // namespace planner
