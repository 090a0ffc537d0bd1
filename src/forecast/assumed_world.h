#pragma once

#include <memory>
#include <vector>

#include "planner/action.h"
#include "planner/observation.h"

namespace forecast {

/// The API server and the platform as they are assumed to be: as the statuses say, and each effect succeeds at once.
class AssumedWorld {
 public:
  AssumedWorld(std::shared_ptr<const resources::Instance> instance, std::vector<planner::CertificateView> certificates,
               base::SystemTime now);

  const planner::Observation& observation() const { return o_; }
  /// What is served on a domain name; empty: nothing.
  planner::CertificateId served(std::string_view domain) const;

  void apply(const planner::Action& action);
  void advance(base::Duration time);

 private:
  void apply_one(std::monostate) {}
  void apply_one(const planner::ReadSecrets& action);
  void apply_one(const planner::SetCertificateFinalizer& action);
  void apply_one(const planner::SetInstanceFinalizer& action);
  void apply_one(const planner::WriteLedger& action);
  void apply_one(const planner::TakeInventory& action);
  void apply_one(const planner::Upload& action);
  void apply_one(const planner::BeginDelete& action);
  void apply_one(const planner::Delete& action);
  void apply_one(const planner::Serve& action);
  void apply_one(const planner::RemoveDomain& action);

  void find_what_is_there();
  void list();
  void write(const planner::Ledger& ledger, const planner::DomainLedger& domains);
  std::vector<planner::CertificateView>::iterator find(const planner::Uid& uid);

  planner::Observation o_;
  std::vector<planner::PlatformCertificate> certificates_;
  std::vector<platform::DomainConfiguration> configurations_;
  int made_ = 0;  // ids of new certificates, configurations and attempts
};

}  // namespace forecast
