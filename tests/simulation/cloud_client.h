#pragma once

#include <functional>
#include <optional>
#include <string>

#include "director.h"
#include "domains.h"
#include "iotda/platform.h"

namespace simulation {

class Process;

/// One process's way to the platform, with what can go wrong on it. A further call of the platform needs its effect on
/// the Cloud and one use of call() (cloud_call.h).
class CloudClient final : public iotda::Platform {
 public:
  explicit CloudClient(Process& process) : process_(process) {}

  iotda::Result<iotda::ServerCertificate> add(const iotda::Upload& upload, const iotda::SendGuard& guard,
                                              base::Duration deadline, std::stop_token stop) override;
  iotda::Result<std::vector<iotda::ServerCertificate>> list(std::stop_token stop) override;
  iotda::Result<iotda::ServerCertificate> show(const iotda::CertificateId& id, std::stop_token stop) override;
  iotda::Result<void> remove(const iotda::CertificateId& id, const iotda::SendGuard& guard,
                             std::stop_token stop) override;
  iotda::Result<std::vector<iotda::DomainConfiguration>> list_domain_configurations(std::stop_token stop) override;
  iotda::Result<iotda::ConfigurationId> create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                                    const iotda::SendGuard& guard,
                                                                    std::stop_token stop) override;
  iotda::Result<void> update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                  const iotda::SendGuard& guard, std::stop_token stop) override;
  iotda::Result<void> remove_domain_configuration(const iotda::ConfigurationId& id, const iotda::SendGuard& guard,
                                                  std::stop_token stop) override;

 private:
  /// What befalls a call that reaches the platform.
  struct Way {
    const Fate& fate;
    base::Duration delay;  ///< until it takes effect
    bool late;             ///< nobody waits for that
  };
  /// `guard` (null for none) is asked right before the request is sent. With `late`, `act` only notes what is to come.
  template <class T>
  iotda::Result<T> call(CallSite::Kind kind, const char* verb, const std::string& what, const iotda::SendGuard* guard,
                        bool allowed, const std::function<iotda::Result<T>(const Way&)>& act);
  iotda::Result<iotda::ConfigurationId> change_domain(PendingBinding::Kind kind,
                                                      const iotda::DomainConfiguration& wanted, const Way& way,
                                                      bool known = true);

  Process& process_;
};

}  // namespace simulation
