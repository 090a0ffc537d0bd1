// The platform of the simulated world: what it answers when nothing goes wrong on the way.

#include <chrono>

#include "cloud.h"
#include "contract/platform_contract.h"
#include "material.h"
#include "os/clock.h"
#include "os/fake_clock.h"

namespace contract {
namespace {

/// Each call arrives at once.
class AtOnce final : public iotda::Platform {
 public:
  AtOnce(simulation::Cloud& cloud, os::Clock& clock) : cloud_(cloud), clock_(clock) {}

  iotda::Result<iotda::ServerCertificate> add(const iotda::Upload& upload, const iotda::SendGuard& guard,
                                              base::Duration /*deadline*/, std::stop_token /*stop*/) override {
    if (!guard()) return held_back();
    const auto id = cloud_.carry_out(
        simulation::PendingAdd{simulation::chain_of_pem(upload.certificate_pem), clock_.boot_now(), kAnyLag});
    if (!id.ok()) return base::Err(id.error());
    return simulation::described(*cloud_.find(*id));
  }

  iotda::Result<std::vector<iotda::ServerCertificate>> list(std::stop_token /*stop*/) override { return cloud_.list(); }

  iotda::Result<iotda::ServerCertificate> show(const iotda::CertificateId& id, std::stop_token /*stop*/) override {
    return cloud_.show(id, simulation::Spelling::kAsSent);
  }

  iotda::Result<void> remove(const iotda::CertificateId& id, const iotda::SendGuard& guard,
                             std::stop_token /*stop*/) override {
    if (!guard()) return held_back();
    return cloud_.remove(id, kAnyLag);
  }

  iotda::Result<std::vector<iotda::DomainConfiguration>> list_domain_configurations(std::stop_token /*stop*/) override {
    return cloud_.domains.listed();
  }

  iotda::Result<iotda::ConfigurationId> create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                                    const iotda::SendGuard& guard,
                                                                    std::stop_token /*stop*/) override {
    return change(simulation::PendingBinding::Kind::kCreate, wanted, guard);
  }

  iotda::Result<void> update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                  const iotda::SendGuard& guard, std::stop_token /*stop*/) override {
    const auto id = change(simulation::PendingBinding::Kind::kUpdate, wanted, guard);
    return id.ok() ? iotda::Result<void>() : base::Err(id.error());
  }

  iotda::Result<void> remove_domain_configuration(const iotda::ConfigurationId& id, const iotda::SendGuard& guard,
                                                  std::stop_token /*stop*/) override {
    const auto removed = change(simulation::PendingBinding::Kind::kRemove, {id, "", "", {}}, guard);
    return removed.ok() ? iotda::Result<void>() : base::Err(removed.error());
  }

 private:
  /// The cloud's own is shorter.
  static constexpr base::Duration kAnyLag = std::chrono::hours(1);

  static base::Err<iotda::Error> held_back() {
    return base::Err(simulation::platform_error(iotda::Error::Code::kHeldBack, 0, "", "not sent"));
  }

  iotda::Result<iotda::ConfigurationId> change(simulation::PendingBinding::Kind kind,
                                               const iotda::DomainConfiguration& wanted,
                                               const iotda::SendGuard& guard) {
    if (!guard()) return held_back();
    return cloud_.carry_out(simulation::PendingBinding{kind, wanted, clock_.boot_now(), kAnyLag});
  }

  simulation::Cloud& cloud_;
  os::Clock& clock_;
};

class SimulatedCloud final : public Subject {
 public:
  SimulatedCloud() {
    cloud_.variant.refuses_to_delete_bound = true;
    cloud_.domains.quota = domain_quota();
  }

  iotda::Platform& platform() override { return platform_; }
  Material material(int number) override {
    const simulation::Chain& chain = simulation::chains().at(static_cast<std::size_t>(number));
    return {chain.certificate_pem, chain.key_pem};
  }

  void let_bound_be_deleted() override { cloud_.variant.refuses_to_delete_bound = false; }
  void let_lists_lag() override { cloud_.variant.list_lag = std::chrono::minutes(1); }
  void let_lists_catch_up() override { clock_.advance(std::chrono::minutes(2)); }

 private:
  os::FakeClock clock_{simulation::kStart};
  simulation::Cloud cloud_{clock_};
  AtOnce platform_{cloud_, clock_};
};

INSTANTIATE_TEST_SUITE_P(SimulatedCloud, PlatformContract, ::testing::Values([]() -> std::unique_ptr<Subject> {
                           return std::make_unique<SimulatedCloud>();
                         }));

}  // namespace
}  // namespace contract
