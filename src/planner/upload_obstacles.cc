#include "planner/upload_obstacles.h"

#include "planner/domain_claims.h"
#include "planner/freeing.h"
#include "planner/rebuild_ledger.h"

namespace planner {
namespace {

Problem duplicate_of(const meta::ObjectName& owner) {
  return {Reason::kDuplicateCertificate,
          "ServerCertificate " + owner.to_string() +
              " has the same certificate chain and a slot for it; delete one of the two, or "
              "use another Secret in this one"};
}

Problem conflict(const Draft& d) {
  return {Reason::kManagementConflict,
          "changes of the operator on the platform were undone twice within an hour: another party also manages this "
          "platform instance; stop one of the two, then run: " +
              annotate_command(d.o, kReconcileAnnotation, "$(date +%s)")};
}

Problem in_doubt(const Draft& d, const Slot& slot) {
  if (d.o.inventory_denied) {
    return {Reason::kUploadInDoubt,
            "it is unknown whether upload " + slot.attempt.str() +
                " reached the platform, and the credentials have no permission to list certificates to find out; " +
                how_to_resolve(d.o, slot.attempt)};
  }
  return {Reason::kProgressing, "it is not yet known whether upload " + slot.attempt.str() +
                                    " reached the platform; the operator lists the platform until this is certain"};
}

/// Tells what the rotation of an object waits for. `full` begins the message.
Problem rotation_waits(const Draft& d, const CertificateView& view, const Slot& held, const std::string& full) {
  std::optional<base::BootTime> first;
  const Slot* freed = nullptr;
  for (const Slot& slot : d.ledger) {
    const auto at = freed_at(d, slot);
    if (!at || (first && *first <= *at)) continue;
    first = at;
    freed = &slot;
  }
  const bool waits = first && *first > d.o.boot_now;
  if (waits) {
    return {Reason::kProgressing, full + "; the new certificate will be uploaded after " + freed->id.str() +
                                      " is deleted, after " + d.time_text(*first) +
                                      ", when no late change of a domain configuration can refer to it"};
  }
  if (first) return {Reason::kProgressing, full + "; a slot is being freed; the new certificate will be uploaded then"};
  const base::BootTime unbound = unbound_at(d, held);
  const auto trouble = d.o.delete_troubles.find(held.attempt);
  const bool strict = view.object->rotation == Rotation::kMakeBeforeBreak;
  if (!strict && !held.recorded_only && trouble == d.o.delete_troubles.end() && unbound > d.o.boot_now) {
    return {Reason::kProgressing, full + "; " + held.id.str() + " will be deleted first, after " +
                                      d.time_text(unbound) +
                                      ", when no late change of a domain configuration can refer to it"};
  }
  std::string tried = trouble == d.o.delete_troubles.end() ? "" : " (" + trouble->second.message + ")";
  if (held.recorded_only) {
    tried += "; " + held.id.str() +
             " is known from a status only, so it is not deleted; if it may be deleted for the rotation, run: " +
             annotate_command(d.o, kResolveAnnotation, held.attempt.str() + "=" + held.id.str());
  }
  return {Reason::kRotationBlocked,
          full + "; the new certificate will be uploaded automatically when a slot becomes free; until then " +
              held.id.str() + ", which expires " + view.object->status.expiry_date + ", stays in use" + tried};
}

}  // namespace

std::optional<Problem> obstacle(Draft& d, const CertificateView& view, const certificate::Facts& facts,
                                const std::set<Fingerprint>& taken) {
  if (auto problem = standstill(d.o)) return problem;
  if (!view.allowed) return not_allowed(d, view);
  if (d.o.instance->meta.deleting && !d.has_place(view.object->meta.uid)) {
    return Problem{Reason::kInstanceNotReady, "IoTDAInstance " + d.o.instance_name +
                                                  " is being deleted and accepts no new certificates; set "
                                                  "spec.instanceRef.name to another one in a new object"};
  }
  if (rebuilding(d)) return ledger_is_lost(d);
  for (const Slot& slot : d.ledger) {
    if (slot.fingerprint != facts.fingerprint) continue;
    if (slot.state == SlotState::kDeleting && !slot.reserved_for_uid.empty()) return no_slot(d, view);
    if (slot.state == SlotState::kDeleting) {
      return Problem{Reason::kProgressing, "this certificate chain is being deleted from the platform as " +
                                               slot.id.str() + "; it will be uploaded again after that"};
    }
    if (slot.owner_uid == view.object->meta.uid) return in_doubt(d, slot);
    return duplicate_of(slot.owner);
  }
  if (taken.contains(facts.fingerprint)) {
    return Problem{Reason::kDuplicateCertificate,
                   "another ServerCertificate of this instance has the same certificate chain; "
                   "delete one of the two, or use another Secret in one of them"};
  }
  return std::nullopt;
}

std::optional<Problem> upload_obstacle(Draft& d, const CertificateView& view) {
  // If the platform rejects a rotation because of its quota, the rotation frees a slot, as its strategy allows.
  const bool makes_room = view.refusal() != nullptr && view.refusal()->about_quota() &&
                          held_slot(d.ledger, view.object->meta.uid, "") != nullptr;
  if (auto problem = still_refused(d, view.refusal()); problem && !makes_room) return problem;
  if (d.add_gate_shut()) {
    return Problem{Reason::kInstanceNotReady, "IoTDAInstance " + d.o.instance_name + ": " +
                                                  std::string(name_of(d.o.add_gate->reason)) + ": " +
                                                  d.o.add_gate->error.message};
  }
  if (d.o.management_conflict) return conflict(d);
  const auto damped = d.o.damped.find(view.object->meta.uid);
  if (damped != d.o.damped.end() && !d.due(damped->second)) {
    return Problem{Reason::kSecretUnstable,
                   "Secret " + view.object->meta.name.ns + "/" + view.object->secret +
                       " changes too often, or the platform keeps rejecting its content; the next upload is after " +
                       d.time_text(damped->second) +
                       "; find out what keeps writing this Secret or its ServerCertificate"};
  }
  return std::nullopt;
}

std::optional<Problem> still_refused(Draft& d, const Rejection* refusal) {
  if (refusal == nullptr || d.o.now >= refusal->next_attempt) return std::nullopt;
  d.wake.at(refusal->next_attempt);
  const resources::ReasonRow* row = resources::find_reason(refusal->error.reason);
  return Problem{row != nullptr ? row->reason : Reason::kUploadRejected, refusal->error.message};
}

Problem no_slot(const Draft& d, const CertificateView& view) {
  std::string holders;
  for (const Slot& slot : d.ledger) {
    holders += (holders.empty() ? "" : ", ") + slot.owner.to_string();
    if (slot.state == SlotState::kRetained) {
      holders +=
          " (Retained " + slot.id.str() +
          ": kept by deletionPolicy Retain; to delete it, create an object with the same Secret and deletionPolicy "
          "Delete, then delete that object)";
    } else if (slot.state != SlotState::kActive) {
      holders += " (" + std::string(to_string(slot.state)) + ")";
    }
  }
  const auto foreign = foreign_certificates(d.o, d.ledger);
  const std::size_t taken = d.ledger.size() + foreign.size();
  for (const PlatformCertificate* there : foreign) {
    holders += (holders.empty() ? "" : ", ") + there->id.str() + " (not managed by the operator)";
  }
  const bool reached = taken >= static_cast<std::size_t>(d.o.instance->quota) ||
                       (view.refusal() != nullptr && view.refusal()->about_quota());
  const std::string full = (reached ? "server certificate quota reached (" : "slots in use (") + std::to_string(taken) +
                           " of " + std::to_string(d.o.instance->quota) + ") on IoTDAInstance " + d.o.instance_name +
                           ": " + holders;
  const Uid& uid = view.object->meta.uid;
  if (const Slot* held = held_slot(d.ledger, uid, "")) return rotation_waits(d, view, *held, full);
  for (const Slot& slot : d.ledger) {
    const bool own = slot.owner_uid == uid;
    if (own && slot.state == SlotState::kDeleting && slot.reserved_for_uid == uid) {
      return {Reason::kRotating, slot.id.str() + " is being deleted to free a slot for the new certificate"};
    }
    if (own && slot.state == SlotState::kDeleting && !slot.reserved_for_uid.empty()) return lent_to(slot.reserved_for);
    if (!own && slot.reserved_for_uid == uid) return lent_to(slot.owner);
  }
  return {Reason::kQuotaExceeded, full +
                                      "; this certificate will be uploaded automatically when a slot becomes free; to "
                                      "free one, delete one of these objects"};
}

}  // namespace planner
