#pragma once

#include <map>
#include <optional>
#include <string>

#include "planner/draft.h"

// Which objects can use a domain.
namespace planner {

/// The domain in the spec of the object; null if there is none, or the object is being deleted.
const DomainSpec* wish_of(const CertificateView* view);
bool wishes(const CertificateView* view, const std::string& name);

bool may_claim(const Draft& d, const CertificateView& view, const std::string& name);
/// Whether the object can take over the entry. A retained one only if the object has the name of its owner, or an
/// administrator allows adoption.
bool may_inherit(const Draft& d, const CertificateView& view, const Domain& entry);

/// Objects by the name of a domain that has no configuration yet.
using Claims = std::map<std::string, meta::ObjectName>;
/// Domains without a configuration that objects with a slot will get.
Claims domain_claims(const Draft& d);
void claim_domain(const Draft& d, const CertificateView& view, Claims& claims);

/// Why the object cannot use the domain; empty if it can.
std::optional<Problem> domain_obstacle(const Draft& d, const CertificateView& view, const DomainSpec& wish,
                                       const Claims& claims);

/// The problem of an object whose namespace must not use the instance.
Problem not_allowed(const Draft& d, const CertificateView& view);

}  // namespace planner
