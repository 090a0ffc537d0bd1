#include "planner/certificate_conditions.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/time_format.h"

namespace planner {
namespace {

/// The domain of the object serves a certificate of the object, or the object has no domain.
bool is_served(const Situation& s) {
  const ServerCertificate& object = *s.view.object;
  if (!object.domain) return true;
  // Not listed yet, as after a restart: keep the previous state.
  if (!s.o.domains) return !s.unserved && !object.status.domain_configuration_id.empty();
  const platform::DomainConfiguration* there = s.o.domains->find(object.domain->name);
  if (there == nullptr || own_domain(s.domains, object) == nullptr) return false;
  if (const Slot* served = find_id(s.ledger, there->server_certificate_id)) {
    // One that has expired serves nobody, even if the object has another one that has not.
    const auto expiry = known_expiry(s.o, served->id);
    return served->owner_uid == object.meta.uid && served->state != SlotState::kDeleting &&
           (!expiry || s.o.now < *expiry);
  }
  // For devices, another certificate with the same chain is equivalent.
  const auto known = s.o.known.find(there->server_certificate_id);
  const Slot* held = known == s.o.known.end() || known->second.fingerprint.empty()
                         ? nullptr
                         : held_slot(s.ledger, object.meta.uid, known->second.fingerprint);
  return held != nullptr && !s.o.tombstones.contains(there->server_certificate_id);
}

}  // namespace

const Domain* own_domain(const DomainLedger& domains, const ServerCertificate& object) {
  const Domain* entry = object.domain ? find_used_domain(domains, object.domain->name) : nullptr;
  return entry != nullptr && entry->owner_uid == object.meta.uid ? entry : nullptr;
}

void set_conditions(const Situation& s, const Readiness& ready, ServerCertificateStatus& status, Wake& wake) {
  const ServerCertificate& object = *s.view.object;
  const Slot* held = s.held;
  const auto expiry = base::parse_rfc3339(status.expiry_date);
  const bool unexpired = held != nullptr && (!expiry || s.o.now < *expiry);
  if (held != nullptr && expiry && s.o.now < *expiry) wake.at(*expiry + std::chrono::seconds(1));
  struct {
    std::string reason, message;
  } available{"NotAdded", "no certificate of this object is on the platform"};
  const bool served = is_served(s);
  if (unexpired && !served) {
    available = {"NotBound", "domain " + object.domain->name + " does not serve " + held->id.str()};
  } else if (unexpired) {
    available = {"Added", held->id.str() + " is on the platform"};
  } else if (held != nullptr) {
    available = {"CertificateExpired", held->id.str() + " on the platform expired " + status.expiry_date};
  }
  Conditions c;
  c.push_back(
      {std::string(kAvailable), unexpired && served, available.reason, available.message, object.meta.generation, {}});
  add(ready, object.meta.generation, c);
  carry_transition_times(c, object.status.conditions, base::to_rfc3339(s.o.now));
  status.conditions = std::move(c);
}

}  // namespace planner
