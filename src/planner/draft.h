#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "planner/assessment.h"
#include "planner/plan.h"

namespace planner {

/// One plan in the making: the observation, the ledgers as they are to be, and what the steps have found so far.
struct Draft {
  explicit Draft(const Observation& observation);

  const Observation& o;
  Ledger ledger;                    ///< as it is to be
  DomainLedger domains;             ///< likewise
  Wake wake;                        ///< when to plan again
  Blocked blocked;                  ///< by certificate: why it is not added
  Blocked unserved;                 ///< by certificate: why its domain does not serve it
  bool calls;                       ///< the platform may be called
  bool ledger_rests = false;        ///< it could not be written, so nothing that rests on it may be done
  std::vector<std::string> unread;  ///< uids: what their status records is not enough to give them something

  /// Whether the time has come; if not, it is noted as a time to plan again.
  bool due(base::BootTime t);
  /// The action, or none while it rests because it had no effect when it was done last.
  Action offer(Action action);
  /// Writes the ledgers if they differ from what the API server has.
  Action written_if_changed();
  /// An attempt id that was never used.
  const std::string& fresh_attempt();

  /// Something about the entry with this attempt or domain name failed, and rests.
  bool in_trouble(const std::string& key);
  bool in_trouble(const std::string& uid, Effect effect);
  bool failed_to_read(const std::string& uid) const;
  bool add_gate_shut();

  const CertificateView* view_of(const std::string& uid) const;
  /// A certificate of this chain that is on the platform and in nobody's slot.
  const PlatformCertificate* unclaimed(const std::string& fingerprint) const;
  /// The inventory is fresh enough to decide about an upload, or cannot be taken at all.
  bool seen_just_now() const;
  bool have_fresh_domains() const;
  /// A certificate of its own on the platform, or a slot that is kept for it.
  bool has_place(const std::string& uid) const;
  /// Indexes of certificates: who has something to lose first, then the oldest, then by name.
  std::vector<std::size_t> by_priority() const;
  /// RFC 3339: now, for entries of the ledgers; and another time, for messages.
  std::string now_text() const;
  std::string time_text(base::BootTime t) const;

 private:
  std::size_t used_attempts_ = 0;
};

}  // namespace planner
