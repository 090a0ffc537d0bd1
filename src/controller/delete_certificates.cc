#include "controller/delete_certificates.h"

#include <string>

#include "base/invariant.h"
#include "base/text.h"
#include "controller/confirmations.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/reports.h"
#include "controller/write_status.h"
#include "planner/assessment.h"
#include "planner/instance_status.h"

namespace controller {
namespace {

/// A served certificate may be deleted to make room for its successor: the strategy of its owner asks for it, or it has
/// expired.
bool may_break(const Round& r, const Slot& entry) {
  if (entry.reserved_for_uid.empty() || entry.reserved_for_uid != entry.owner_uid) return false;
  const ServerCertificate* owner = r.certificate(entry.owner_uid);
  return owner != nullptr && planner::may_break(r.o, *owner, entry);
}

/// No domain configuration serves the certificate; if its owner breaks before it makes, none of another object. False
/// also if that is not known; the reason is noted.
bool unbound(Round& r, const Slot& entry) {
  const bool breaks = may_break(r, entry);
  auto domains = r.access.platform->list_domain_configurations(r.stop);
  if (!domains.ok()) {
    const iotda::Error& error = domains.error();
    if (error.code == iotda::Error::Code::kNotFound) return true;  // the edition has no custom domains
    if (lacks_permission(error)) {
      if (breaks) return true;
      deletion_failed(r, entry.attempt,
                      "cannot determine whether a domain configuration serves " + entry.id.str() +
                          "; grant iotda:domainconfiguration:queryList");
    } else {
      shut_gate(r, error);
    }
    return false;
  }
  for (const iotda::DomainConfiguration& domain : *domains) {
    if (domain.server_certificate_id != entry.id) continue;
    const Domain* known = find_used_domain(r.o.instance->status.domains, base::host_key(domain.domain_name));
    const bool of_another = known != nullptr && known->owner_uid != entry.owner_uid;
    if (!breaks || of_another) {
      // If it is ours, it should serve another certificate: another party changed it, or the list lags.
      if (r.memory.domains) r.memory.domains->outdated = true;
      deletion_failed(r, entry.attempt,
                      "domain configuration " + domain.id.str() + " (" + domain.domain_name + ") serves " +
                          entry.id.str() + "; set another certificate in it, or delete it");
      return false;
    }
  }
  return true;
}

}  // namespace

Step begin_delete(Round& r, const BeginDelete& action) {
  const Slot& entry = *r.slot(action.attempt);
  const Objection objection = action.room ? confirm_room(r, entry, *action.room) : confirm_release(r, entry);
  if (objection) return *objection;
  const Slot& decided = base::must(find_attempt(action.ledger, action.attempt), "the decision is about an entry");
  if (!unbound(r, decided)) return Step::kDone;
  const DomainLedger& domains = r.o.instance->status.domains;
  if (write_instance_status(r, instance_status(r.o, action.ledger, domains)) == Step::kFailed) return Step::kFailed;
  if (!action.room || !r.ledger_is(action.ledger, domains)) return Step::kDone;
  // The room counts as the upload that it is for: a Secret that has changed back by then would cost other certificates
  // their slots again and again.
  if (const SecretView* view = r.secret_view(action.room->uid)) {
    r.memory.allowances[action.room->uid].spend(view->versions, action.room->fingerprint, r.clock.boot_now());
  }
  const bool lent = decided.owner_uid != action.room->uid;
  if (const ServerCertificate* lender = lent ? r.certificate(decided.owner_uid) : nullptr) {
    publish(r, *lender, true, "SlotLent", "Rotate", planner::lent_to(decided.reserved_for).message);
  }
  return Step::kDone;
}

Step delete_certificate(Round& r, const Delete& action) {
  const Slot entry = *r.slot(action.attempt);
  if (!unbound(r, entry)) return Step::kDone;
  const auto guard = [&r, checked = r.clock.boot_now()] { return r.may_send(checked); };
  auto removed = r.access.platform->remove(entry.id, guard, r.stop);
  if (!removed.ok() && removed.error().code != iotda::Error::Code::kNotFound) {
    const iotda::Error& error = removed.error();
    if (error.code == iotda::Error::Code::kRejected) {
      deletion_failed(r, entry.attempt,
                      with_request_id("the platform rejected the deletion of " + entry.id.str() + ": " + error.message,
                                      error.request_id));
    } else if (lacks_permission(error)) {
      deletion_failed(
          r, entry.attempt,
          "the credentials have no permission to delete certificates; grant iotda:servercertificate:delete");
    } else if (error.code != iotda::Error::Code::kHeldBack) {
      shut_gate(r, error);
    }
    return Step::kDone;
  }
  open_gate(r);
  r.memory.tombstones[entry.id] = r.clock.boot_now();
  r.memory.delete_troubles.erase(entry.attempt);
  // A slot is free now, so what was rejected because of the quota is sent again.
  std::erase_if(r.memory.rejections, [](const auto& of) { return of.second.about_quota(); });
  if (const ServerCertificate* object = r.certificate(entry.owner_uid)) {
    const bool rotated = !object->meta.deleting && entry.reserved_for_uid.empty();
    publish(r, *object, false, rotated ? "Rotated" : "Deleted", "Delete",
            (rotated ? "replaced; deleted the old certificate " : "deleted certificate ") + entry.id.str());
  }
  Observation after = r.o;  // its list still shows the certificate, which must not count as one of another party
  after.tombstones[entry.id] = r.clock.boot_now();
  return write_instance_status(r, instance_status(after, action.ledger, r.o.instance->status.domains));
}

}  // namespace controller
