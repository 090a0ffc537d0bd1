#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "planner/assessment.h"
#include "planner/findings.h"
#include "planner/plan.h"

namespace planner {

/// A plan while it is being made: the observation, the wanted ledgers, and the results of the steps so far.
struct Draft {
  explicit Draft(const Observation& observation);

  const Observation& o;
  Ledger ledger;              ///< as wanted
  DomainLedger domains;       ///< likewise
  Wake wake;                  ///< when to make the next plan
  Blocked blocked;            ///< by certificate: why it is not uploaded
  Blocked unserved;           ///< by certificate: why its domain does not serve it
  bool calls;                 ///< the platform may be called
  bool ledger_rests = false;  ///< writing it had no effect, so nothing that depends on it may be done
  std::vector<Uid> unread;  ///< uids: read the Secret before the object gets an entry, because its status is not enough

  /// Whether `t` has been reached. If not, a new plan is made at `t`.
  bool due(base::BootTime t);
  /// Returns the action; none while it rests because it had no effect the last time.
  Action offer(Action action);
  /// Writes the ledgers if they differ from those of the API server.
  Action written_if_changed();
  /// A new attempt id.
  const Attempt& fresh_attempt();

  /// An action for the entry, for the domain or for the object failed, and it is not yet time to retry.
  bool in_trouble(const Attempt& attempt);
  bool domain_in_trouble(const std::string& name);
  bool in_trouble(const Uid& uid, Effect effect);
  bool failed_to_read(const Uid& uid) const;
  bool add_gate_shut();

  const CertificateView* view_of(const Uid& uid) const;
  /// A certificate on the platform with this chain and without an entry; null if there is none.
  const PlatformCertificate* unclaimed(const Fingerprint& fingerprint) const;
  /// The inventory is recent enough to decide about an upload, or the credentials have no permission to list.
  bool seen_just_now() const;
  bool have_fresh_domains() const;
  /// The object has a certificate on the platform, or a slot is kept for it.
  bool has_place(const Uid& uid) const;
  /// Indexes of the certificates: first those that have a place, then by creation time, then by name.
  std::vector<std::size_t> by_priority() const;
  /// RFC 3339: the current time, for entries of the ledgers; and a given time, for messages.
  std::string now_text() const;
  std::string time_text(base::BootTime t) const;

 private:
  std::size_t used_attempts_ = 0;
};

}  // namespace planner
