#include "controller/write_ledger.h"

#include "controller/confirmations.h"
#include "controller/reports.h"
#include "controller/write_status.h"
#include "planner/instance_status.h"

namespace controller {
namespace {

/// Only what is in the ledger may be sent. `began` is before the ledger was written: the time to send runs from there.
void give_rights(Round& r, const WriteLedger& action, base::BootTime began) {
  for (const Domain& now : action.domains) {
    const Domain* then = find_domain(r.o.instance->status.domains, now.name);
    const bool intent =
        now.state == DomainState::kReserved && (then == nullptr || then->state != DomainState::kReserved);
    if (!intent) continue;
    r.memory.domain_rights[now.name] = began + r.o.timing.send_window;
    for (auto* decided : {&r.memory.domains_refused, &r.memory.domains_gone}) decided->erase(now.name);
    r.memory.domains_made.erase(now.name);
  }
  for (const Attempt& attempt : action.reserved) r.memory.rights[attempt] = began + r.o.timing.send_window;
}

void report_changes(Round& r, const WriteLedger& action) {
  for (const Slot& now : action.ledger) {
    const Slot* then = r.slot(now.attempt);
    if (now.adopted && then == nullptr) {
      if (const ServerCertificate* object = r.certificate(now.owner_uid)) {
        publish(r, *object, false, "Adopted", "Adopt",
                "took over certificate " + now.id.str() + ", which has the same certificate chain");
      }
    }
    if (now.state == SlotState::kRetained && then != nullptr && then->state != SlotState::kRetained) {
      if (const ServerCertificate* object = r.certificate(now.owner_uid)) {
        publish(r, *object, false, "Retained", "Delete",
                "kept certificate " + now.id.str() + " on the platform (deletionPolicy Retain)");
      }
    }
  }
}

}  // namespace

Step write_ledger(Round& r, const WriteLedger& action) {
  const base::BootTime began = r.clock.boot_now();
  for (const Domain& now : action.domains) {
    const Domain* then = find_domain(r.o.instance->status.domains, now.name);
    if (then == nullptr || !then->in_use() || then->owner_uid == now.owner_uid) continue;
    if (const Objection objection = confirm_given_up(r, *then)) return *objection;
  }
  if (write_instance_status(r, instance_status(r.o, action.ledger, action.domains, action.rebuilt)) == Step::kFailed) {
    return Step::kFailed;
  }
  if (!r.ledger_is(action.ledger, action.domains)) {
    if (r.cause.empty()) r.cause = "the status of the IoTDAInstance differs from what was written";
    return Step::kDone;
  }
  if (action.rebuilt) r.memory.restored_since.reset();
  give_rights(r, action, began);
  report_changes(r, action);
  return Step::kDone;
}

}  // namespace controller
