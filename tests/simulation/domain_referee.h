#pragma once

#include <map>
#include <set>
#include <string>

#include "domains.h"
#include "iotda/platform.h"
#include "owners.h"
#include "resources/ledger.h"
#include "resources/tenancy.h"

namespace simulation {

class Process;
class World;

/// The rules for domain configurations and their ledger. Part of the Referee. Throws Violation.
class DomainReferee {
 public:
  DomainReferee(World& world, const Owners& owners) : world_(world), owners_(owners) {}

  void judge_ledger(const resources::DomainLedger& before, const resources::DomainLedger& now,
                    const resources::Ledger& slots, bool was_lost);

  /// The guard has let the call through to the platform.
  /// The answer: the ledger knows of this one.
  bool create_sent(const Process& process, const iotda::DomainConfiguration& wanted);
  void update_sent(const Process& process, const iotda::DomainConfiguration& wanted);
  void remove_sent(const Process& process, const iotda::ConfigurationId& id);
  /// It is certain what became of the creation that was sent last.

 private:
  using Domain = resources::Domain;
  void judge_new(const Domain& entry, bool was_lost);
  void judge_change(const Domain& before, const Domain& entry);
  void judge_dropped(const Domain& entry);
  void judge_namespace(const Domain& before, const Domain& entry) const;
  void judge_forgotten(const Domain& entry) const;
  void judge_given_back(const Domain& entry, const Binding& there, const resources::Ledger& ledger);
  bool may_adopt(const Domain& entry) const;
  bool names_ours(const iotda::ConfigurationId& id) const;
  const resources::DomainRule* rule_of(const std::string& domain) const;
  void judge_binding(const Process& process, const Domain& entry, const iotda::CertificateId& certificate_id) const;
  void take_over(const Domain& entry, bool allowed);
  const Domain* live_entry(const std::string& name) const;
  bool lost_just_now() const;

  World& world_;
  const Owners& owners_;
  std::set<std::string> in_doubt_;  ///< names: a creation was sent, and it is not certain what became of it
  resources::Ledger slots_;         ///< as written together with the domains that are judged
};

}  // namespace simulation
