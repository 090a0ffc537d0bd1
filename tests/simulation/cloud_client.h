#pragma once

#include <functional>
#include <optional>
#include <string>

#include "director.h"
#include "iotda/platform.h"

namespace simulation {

class Process;

/// One process's way to the platform, with what can go wrong on it. A further call of the platform needs its effect on
/// the Cloud and one use of call() here.
class CloudClient final : public iotda::Platform {
 public:
  explicit CloudClient(Process& process) : process_(process) {}

  iotda::Result<iotda::ServerCertificate> add(const iotda::Upload& upload, const iotda::SendGuard& guard,
                                              base::Duration deadline, std::stop_token stop) override;
  iotda::Result<std::vector<iotda::ServerCertificate>> list(std::stop_token stop) override;
  iotda::Result<iotda::ServerCertificate> show(const std::string& id, std::stop_token stop) override;
  iotda::Result<void> remove(const std::string& id, const iotda::SendGuard& guard, std::stop_token stop) override;
  iotda::Result<std::vector<iotda::DomainConfiguration>> list_domain_configurations(std::stop_token stop) override;
  // No object of this world names a domain: configurations are the console's alone, and nobody may change them.
  iotda::Result<std::string> create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                         const iotda::SendGuard& guard, std::stop_token stop) override;
  iotda::Result<void> update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                  const iotda::SendGuard& guard, std::stop_token stop) override;
  iotda::Result<void> remove_domain_configuration(const std::string& id, const iotda::SendGuard& guard,
                                                  std::stop_token stop) override;

 private:
  /// `guard` (null for none) is asked right before the effect. `act` gets what befalls the call, because how fast an
  /// effect shows is part of that; with kLate it only notes what is to come.
  template <class T>
  iotda::Result<T> call(CallSite::Kind kind, const char* verb, const std::string& what, const iotda::SendGuard* guard,
                        bool allowed, const std::function<iotda::Result<T>(const Fate&)>& act);

  Process& process_;
};

}  // namespace simulation
