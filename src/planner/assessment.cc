#include "planner/assessment.h"

#include <algorithm>

#include "base/time_format.h"

namespace planner {

Reason reason_of(const certificate::Finding& finding) {
  const resources::ReasonRow* row = resources::find_reason(finding.reason);
  return row != nullptr ? row->reason : Reason::kInvalidCertificate;
}

std::optional<Problem> secret_problem(const CertificateView& view, base::SystemTime now) {
  if (view.secret.problem) return view.secret.problem;
  if (!view.secret.facts) return std::nullopt;
  if (auto finding = certificate::check_dates(*view.secret.facts, now)) {
    const ServerCertificate& object = *view.object;
    return Problem{reason_of(*finding), "Secret " + object.meta.name.ns + "/" + object.secret + ", key " +
                                            object.certificate_key + ": " + certificate::describe(*finding)};
  }
  return std::nullopt;
}

const certificate::Facts* wanted(const CertificateView& view, base::SystemTime now) {
  if (view.object->meta.deleting || view.object->suspend || !view.secret.current || !view.secret.facts) return nullptr;
  return secret_problem(view, now) ? nullptr : &*view.secret.facts;
}

const Slot* held_slot(const Ledger& ledger, const Uid& uid, const Fingerprint& fingerprint) {
  for (auto slot = ledger.rbegin(); slot != ledger.rend(); ++slot) {
    if (slot->held() && slot->owner_uid == uid && (fingerprint.empty() || slot->fingerprint == fingerprint)) {
      return &*slot;
    }
  }
  return nullptr;
}

std::optional<base::SystemTime> known_expiry(const Observation& o, const CertificateId& id) {
  const auto known = o.known.find(id);
  return known == o.known.end() ? std::nullopt : base::parse_rfc3339(known->second.expiry_date);
}

const Slot* best_slot(const Observation& o, const Ledger& ledger, const Uid& uid) {
  for (auto slot = ledger.rbegin(); slot != ledger.rend(); ++slot) {
    if (!slot->held() || slot->owner_uid != uid) continue;
    const auto expiry = known_expiry(o, slot->id);
    if (!expiry || o.now < *expiry) return &*slot;
  }
  return held_slot(ledger, uid, "");
}

std::vector<const PlatformCertificate*> foreign_certificates(const Observation& o, const Ledger& ledger) {
  std::vector<const PlatformCertificate*> foreign;
  if (!o.inventory) return foreign;
  for (const PlatformCertificate& there : o.inventory->certificates) {
    if (find_id(ledger, there.id) == nullptr && !o.tombstones.contains(there.id)) foreign.push_back(&there);
  }
  return foreign;
}

bool comes_free(const Observation& o, const Slot& slot) {
  if (slot.state == SlotState::kDeleting) {
    const bool suspended = std::any_of(o.certificates.begin(), o.certificates.end(), [&](const CertificateView& view) {
      return view.object->meta.uid == slot.owner_uid && view.object->suspend;
    });
    return !suspended && !o.delete_troubles.contains(slot.attempt);
  }
  return slot.open() && !o.inventory_denied;
}

Likeness likeness(const Observation& o, const Slot& slot, const PlatformCertificate& there) {
  if (!there.fingerprint.empty()) {
    return there.fingerprint == slot.fingerprint ? Likeness::kSame : Likeness::kOther;
  }
  for (const CertificateView& view : o.certificates) {
    const auto& facts = view.secret.facts;
    if (facts && facts->fingerprint == slot.fingerprint) return likeness(*facts, there);
  }
  return Likeness::kUnknown;
}

Likeness likeness(const certificate::Facts& facts, const PlatformCertificate& there) {
  const auto effective = base::parse_rfc3339(there.effective_date);
  const auto expiry = base::parse_rfc3339(there.expiry_date);
  if (!effective || !expiry) return Likeness::kUnknown;
  if (facts.not_before == base::SystemTime{}) {  // read from a status, which has no start date
    return *expiry == facts.not_after ? Likeness::kUnknown : Likeness::kOther;
  }
  if (*effective != facts.not_before || *expiry != facts.not_after) return Likeness::kOther;
  return there.common_name == facts.common_name ? Likeness::kSame : Likeness::kUnknown;
}

Problem write_refused(const Observation& o, const CertificateView& view) {
  std::string cause;
  for (const Effect effect : {Effect::kFinalizer, Effect::kStatus}) {
    const auto trouble = o.object_troubles.find({view.object->meta.uid, effect});
    if (trouble != o.object_troubles.end() && cause.empty()) cause = trouble->second.message;
  }
  return {Reason::kWriteRefused, cause};
}

bool may_break(const Observation& o, const ServerCertificate& owner, const Slot& slot) {
  if (owner.rotation == Rotation::kBreakBeforeMake) return true;
  // Once its deletion is decided, the status of the owner does not describe it any more.
  const bool described = owner.status.server_certificate_id == slot.id;
  const auto expiry = described ? base::parse_rfc3339(owner.status.expiry_date) : known_expiry(o, slot.id);
  return expiry && *expiry <= o.now;
}

Problem lent_to(const meta::ObjectName& rotating) {
  return {Reason::kSlotLent, "the slot is lent to ServerCertificate " + rotating.to_string() +
                                 " for its rotation; this certificate will be uploaded again automatically after that"};
}

std::string annotate_command(const Observation& o, std::string_view annotation, const std::string& value) {
  return "kubectl annotate --overwrite iotdainstance " + o.instance_name + " " + std::string(annotation) + "=" + value;
}

std::string how_to_resolve(const Observation& o, const Attempt& attempt) {
  return "grant iotda:servercertificate:queryList, or check in the console and run: " +
         annotate_command(o, kResolveAnnotation, attempt.str() + "=absent") +
         " (or the server certificate id instead of absent)";
}

bool remembers_a_ledger(const Instance& instance, const ServerCertificate& object) {
  return !object.status.server_certificate_id.empty() ||
         (instance.meta.has_finalizer(kInstanceFinalizer) && object.meta.has_finalizer(kCertificateFinalizer));
}

bool ledger_lost(const Observation& o) {
  return ledger_lost(o.instance.get(), o.certificates, [](const CertificateView& view) { return view.object.get(); });
}

bool target_changed(const Instance& instance) {
  const InstanceStatus& status = instance.status;
  if (!status.slots || status.slots->empty() || status.endpoint.empty()) return false;
  return status.endpoint != instance.endpoint || status.project_id != instance.project() ||
         status.instance_id != instance.instance_id;
}

std::optional<Problem> standstill(const Observation& o) {
  const std::string name = "IoTDAInstance " + o.instance_name;
  if (o.instance->suspend) return Problem{Reason::kInstanceNotReady, name + " is suspended (spec.suspend)"};
  if (!o.duplicate_of.empty()) {
    return Problem{Reason::kInstanceNotReady, name + " manages the same platform instance as IoTDAInstance " +
                                                  o.duplicate_of +
                                                  "; set spec.instanceRef.name to that one in a new object"};
  }
  if (target_changed(*o.instance)) {
    return Problem{Reason::kInstanceNotReady,
                   name + ": spec refers to another platform instance than status.target, which has the slots"};
  }
  if (o.credentials_problem) {
    return Problem{stalls(o.credentials_problem->reason) ? Reason::kInstanceNotReady : o.credentials_problem->reason,
                   name + ": " + o.credentials_problem->message};
  }
  if (o.gate && o.boot_now < o.gate->until) {
    return Problem{stalls(o.gate->reason) ? Reason::kInstanceNotReady : o.gate->reason,
                   name + ": " + std::string(name_of(o.gate->reason)) + ": " + o.gate->error.message};
  }
  return std::nullopt;
}

}  // namespace planner
