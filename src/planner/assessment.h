#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "planner/observation.h"
#include "planner/plan.h"

namespace planner {

/// The reason for a finding that prevents an upload, such as the temporary certificate of cert-manager.
Reason reason_of(const certificate::Finding& finding);

/// The problem of the Secret at `now`: that which was found when it was read, or one with the dates.
std::optional<Problem> secret_problem(const CertificateView& view, base::SystemTime now);

/// The chain that the object wants on the platform; null if the object is being deleted or suspended, or its Secret is
/// not usable.
const certificate::Facts* wanted(const CertificateView& view, base::SystemTime now);

/// The slot in which the object holds `fingerprint`; any held slot, the newest first, if `fingerprint` is empty.
const Slot* held_slot(const Ledger& ledger, const Uid& uid, const Fingerprint& fingerprint);

/// The held slot of the object that is most useful to devices: the newest one that is not known to have expired,
/// otherwise the newest one.
const Slot* best_slot(const Observation& o, const Ledger& ledger, const Uid& uid);

/// Certificates in the inventory that have no entry in the ledger.
std::vector<const PlatformCertificate*> foreign_certificates(const Observation& o, const Ledger& ledger);

/// The slot will be freed without user action: its certificate is being deleted, or a list will resolve its doubt.
bool comes_free(const Observation& o, const Slot& slot);

/// Message for an API server that does not store all fields of a status.
inline constexpr std::string_view kOldDefinitions =
    "the CustomResourceDefinitions in the cluster lack fields that this version uses; apply those of this release";

/// Whether a certificate on the platform is the one of an entry.
enum class Likeness { kOther, kUnknown, kSame };
/// Compares the chains. If the chain of `there` cannot be read, compares the common names and the dates, if known.
Likeness likeness(const Observation& o, const Slot& slot, const PlatformCertificate& there);
/// Compares only the common names and the dates.
Likeness likeness(const certificate::Facts& facts, const PlatformCertificate& there);

/// The problem of an object whose updates the API server rejects.
Problem write_refused(const Observation& o, const CertificateView& view);

/// When the certificate with this id expires, as far as the platform has said.
std::optional<base::SystemTime> known_expiry(const Observation& o, const CertificateId& id);

/// What is served may be broken for its own successor: the strategy of its owner asks for it, or it has expired. If
/// others have pointed a domain configuration back at it after its deletion was decided, a user decides.
bool may_break(const Observation& o, const ServerCertificate& owner, const Slot& slot);

/// The problem of an object whose slot is lent to the rotation of another object.
Problem lent_to(const meta::ObjectName& rotating);

/// The command that sets an annotation of the IoTDAInstance, for messages.
std::string annotate_command(const Observation& o, std::string_view annotation, const std::string& value);

/// What to do about the upload `attempt` in doubt, where the platform may not be listed.
std::string how_to_resolve(const Observation& o, const Attempt& attempt);

/// Collects the earliest of several moments.
class Wake {
 public:
  explicit Wake(const Observation& o) : o_(o) {}
  /// Ignores times that have passed: what was due then is done, or waits for another time. Otherwise the plan would
  /// never be at rest.
  void at(base::BootTime t) {
    if (t > o_.boot_now && (!time_ || t < *time_)) time_ = t;
  }
  void at(base::SystemTime t) { at(o_.boot_now + (t - o_.now)); }
  std::optional<base::BootTime> time() const { return time_; }

 private:
  const Observation& o_;
  std::optional<base::BootTime> time_;
};

/// The finalizer or the status of the object says that there was a ledger.
bool remembers_a_ledger(const Instance& instance, const ServerCertificate& object);

/// There are finalizers or recorded ids but no ledger: a restore or a user removed it. Certificates on the platform can
/// be the operator's, so nothing is uploaded before the ledger is rebuilt.
bool ledger_lost(const Observation& o);
/// Likewise, of objects in another form: `object_of` makes a pointer to a ServerCertificate of each.
template <class Objects, class ObjectOf>
bool ledger_lost(const Instance* instance, const Objects& objects, ObjectOf object_of) {
  if (instance == nullptr) return false;
  if (const auto& slots = instance->status.slots) {
    return std::any_of(slots->begin(), slots->end(), [](const Slot& s) { return s.state == SlotState::kLost; });
  }
  return std::any_of(objects.begin(), objects.end(),
                     [&](const auto& object) { return remembers_a_ledger(*instance, *object_of(object)); });
}

/// The ledger belongs to another platform instance than the one in the spec, as after a restore into another account.
bool target_changed(const Instance& instance);

/// Why the platform must not be called now; empty if calls are allowed.
std::optional<Problem> standstill(const Observation& o);

}  // namespace planner
