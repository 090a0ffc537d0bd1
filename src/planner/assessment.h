#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/observation.h"
#include "planner/plan.h"

namespace planner {

/// The reason of a finding that keeps a certificate from the platform, or of cert-manager's temporary certificate.
Reason reason_of(const certificate::Finding& finding);

/// What is wrong with the Secret at `now`: the verdict when it was read, or the dates.
std::optional<Problem> secret_problem(const CertificateView& view, base::SystemTime now);

/// The chain that the object wants on the platform; null while it is deleted, suspended, or its Secret is not fit.
const certificate::Facts* wanted(const CertificateView& view, base::SystemTime now);

/// The slot in which the object holds `fingerprint`; any held slot, the newest first, if `fingerprint` is empty.
const Slot* held_slot(const Ledger& ledger, const std::string& uid, const std::string& fingerprint);

/// The held slot of the object that is of most use to devices: the newest one that has not expired, as far as that is
/// known, else the newest.
const Slot* best_slot(const Observation& o, const Ledger& ledger, const std::string& uid);

/// Certificates in the inventory that the ledger does not know.
std::vector<const PlatformCertificate*> foreign_certificates(const Observation& o, const Ledger& ledger);

/// Without anybody's doing the slot comes free: the entry is being removed, or its doubt will be settled by a list.
bool comes_free(const Observation& o, const Slot& slot);

/// Said where the API server does not keep all of a status.
inline constexpr std::string_view kOldDefinitions =
    "the CustomResourceDefinitions in the cluster lack fields that this version uses; apply those of this release";

/// Whether a certificate on the platform is the one that the entry is about.
enum class Likeness { kOther, kUnknown, kSame };
/// Compares the chains; where that of `there` cannot be read, the common name and the dates, if both are known.
Likeness likeness(const Observation& o, const Slot& slot, const PlatformCertificate& there);
/// The latter alone.
Likeness likeness(const certificate::Facts& facts, const PlatformCertificate& there);

/// What an object says that the API server lets us not write to.
Problem write_refused(const Observation& o, const CertificateView& view);

/// Tells an object that its slot is lent to the rotation of another object.
Problem lent_to(const meta::ObjectName& rotating);

/// The command that sets an annotation of the IoTDAInstance, for messages.
std::string annotate_command(const Observation& o, std::string_view annotation, const std::string& value);

/// What to do about the upload `attempt` in doubt, where the platform may not be listed.
std::string how_to_resolve(const Observation& o, const std::string& attempt);

/// Collects the earliest of several moments.
class Wake {
 public:
  explicit Wake(const Observation& o) : o_(o) {}
  /// What is due already was done, or waits for something else that wakes: without that, nothing would ever rest.
  void at(base::BootTime t) {
    if (t > o_.boot_now && (!time_ || t < *time_)) time_ = t;
  }
  void at(base::SystemTime t) { at(o_.boot_now + (t - o_.now)); }
  std::optional<base::BootTime> time() const { return time_; }

 private:
  const Observation& o_;
  std::optional<base::BootTime> time_;
};

/// Why an object with work to do is not getting on, as the planner found it.
using Blocked = std::vector<std::optional<Problem>>;

/// What the planner found.
struct Findings {
  const Ledger& ledger;
  const DomainLedger& domains;
  const Blocked& blocked;   ///< why it is not added
  const Blocked& unserved;  ///< why its domain does not serve it
};

/// The statuses for an instance at rest.
std::vector<ServerCertificateStatus> certificate_statuses(const Observation& o, const Findings& findings, Wake& wake);
/// `rebuilt`: the ledger stands in the place of one that was lost, even if it is empty.
InstanceStatus instance_status(const Observation& o, const Ledger& ledger, const DomainLedger& domains,
                               bool rebuilt = false);

/// Status of an object whose instance does not exist.
ServerCertificateStatus status_without_instance(const Observation& o, const CertificateView& view);

/// Finalizers or recorded ids without a ledger: a restore, or somebody, took it away. What is on the platform may be
/// ours, so nothing is added before it is rebuilt.
bool ledger_lost(const Observation& o);

/// The ledger is about another platform instance than the spec names, as after a restore into another account.
bool target_changed(const Instance& instance);

/// Why no call may be made to the platform now; none if calls are fine.
std::optional<Problem> standstill(const Observation& o);

}  // namespace planner
