#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cloud.h"
#include "domain_referee.h"
#include "owners.h"
#include "places.h"
#include "resources/instance.h"
#include "resources/server_certificate.h"

namespace simulation {

class Process;
class World;

/// The rules that hold at every moment, whatever goes wrong. It knows what really is, which no process does, and judges
/// each effect when it happens; what a process could not know yet is no fault of its. Throws Violation.
class Referee {
 public:
  explicit Referee(World& world);

  /// Whose doing the next changes in the cluster are; null: a user's.
  void set_writer(const Process* process) { writer_ = process; }
  void instance_changed(const resources::Instance* before, const resources::Instance* now);
  void certificate_changed(const resources::ServerCertificate* before, const resources::ServerCertificate* now);

  /// The guard has let an add, or a delete, through to the platform. The answer: the ledger knows of this add.
  bool add_sent(const Process& process, int chain, std::string_view private_key);
  void remove_sent(const Process& process, const iotda::CertificateId& id);
  /// A delete has reached a certificate that is served; `sent`: when it could no longer be held back.
  void bound_removed(const Process& process, const Binding& binding, base::BootTime sent) const;

  /// The ledger is an older one now: what it does not know is nobody's, and attempts that it has count again.
  void restored();
  bool restored_just_now() const;

  /// The ledger is about to be lost: what objects have recorded is to be found again.
  void ledger_is_lost();
  /// A person frees the object from its finalizer: it can go before the operator has settled with it.
  void finalizer_taken_away(const meta::Uid& uid) { owners_.finalizer_taken_away(uid); }
  /// By certificate id: the uid of the object whose status had it when the ledger was lost.
  const std::map<iotda::CertificateId, meta::Uid>& claims() const { return claims_; }

  DomainReferee& domains() { return domains_; }
  const Owners& owners() const { return owners_; }
  Places& places() { return places_; }
  /// The process had looked which certificates are served since the configuration is what it is, or must have at
  /// `then`.
  bool is_seen(const Process& process, const Binding& binding, base::BootTime then) const;

  /// Lists were forbidden at some time, so what is on the platform was not always to be seen.
  void list_was_denied() { list_was_denied_ = true; }
  bool list_was_ever_denied() const { return list_was_denied_; }

 private:
  using Slot = resources::Slot;
  using Ledger = resources::Ledger;
  void judge_ledger(const Ledger& before, const Ledger& now, bool was_lost);
  void judge_new(const Slot& slot, const Ledger& now, bool was_lost);
  void judge_change(const Slot& before, const Slot& slot, const Ledger& now);
  void mistaken_for(const CloudCertificate& other);
  void judge_dropped(const Slot& slot, const Ledger& now) const;
  void judge_decision(const Slot& slot, const Ledger& now);
  void judge_room(const Slot& slot);
  void judge_served(const Slot& slot) const;
  void judge_foreign(const resources::Instance& now) const;
  bool is_superseded(const Slot& slot, const Ledger& now) const;
  void take_over(const Slot& slot, bool allowed);
  CloudCertificate& certificate_of(const Slot& slot) const;
  void judge_space_for(int chain) const;
  const Slot* live_slot(const iotda::CertificateId& id) const;

  World& world_;
  const Process* writer_ = nullptr;
  Owners owners_;
  Places places_;
  DomainReferee domains_;
  std::map<resources::Attempt, base::BootTime> reserved_;
  std::set<resources::Attempt> dropped_;
  std::map<iotda::CertificateId, meta::Uid> claims_;
  std::optional<base::BootTime> restored_at_;
  bool list_was_denied_ = false;
};

}  // namespace simulation
