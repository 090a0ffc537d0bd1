#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "simulator/certificate.h"
#include "simulator/domain_configuration.h"
#include "simulator/refusal.h"

namespace simulator {

/// A certificate that a platform instance holds. Immutable, so that copies of the state share it.
struct HeldCertificate {
  std::string id;
  Certificate certificate;
  base::BootTime added{};
};
using Held = std::shared_ptr<const HeldCertificate>;

/// Everything that one instance of the platform knows. A value: copying it is a snapshot. Ids come from the caller.
class Instance {
 public:
  /// Certificates at once; domain configurations are limited to one.
  explicit Instance(int quota) : quota_(quota) {}

  struct Counters {
    int adds = 0;
    int deletes = 0;
    /// The most certificates that were ever held at once.
    int max_certificates = 0;
  };

  /// Holds one more. Errors: over the quota, and a chain held already where `refuse_duplicates`.
  base::Result<Held, Refused> add(Certificate certificate, std::string id, base::BootTime now, bool refuse_duplicates);
  Held find(std::string_view id) const;
  base::Result<void, Refused> remove(std::string_view id, base::BootTime now, bool refuse_bound);
  /// What a list shows that lags behind by `lag`, newest first.
  std::vector<Held> listed(base::BootTime now, base::Duration lag) const;
  /// What is held, newest first.
  std::vector<Held> certificates() const;

  /// Errors: over the quota; a certificate that is not there.
  base::Result<void, Refused> create(DomainConfiguration configuration);
  const DomainConfiguration* find_configuration(std::string_view id) const;
  /// Replaces the one with this id. Errors: it is not there; a certificate that is not there.
  base::Result<void, Refused> update(DomainConfiguration configuration);
  base::Result<void, Refused> remove_configuration(std::string_view id);
  const std::vector<DomainConfiguration>& configurations() const { return configurations_; }

  int quota() const { return quota_; }
  const Counters& counters() const { return counters_; }
  /// Counts an add or delete that came in as a call, for whoever compares with the request log.
  void count_add() { ++counters_.adds; }
  void count_delete() { ++counters_.deletes; }
  /// Takes over what an earlier run held, whatever the quota is now.
  void restore(std::vector<Held> certificates, std::vector<DomainConfiguration> configurations, Counters counters);

 private:
  struct Removed {
    Held held;
    base::BootTime when;
  };

  int quota_;
  std::map<std::string, Held, std::greater<>> held_;
  std::vector<Removed> removed_;  // the latest ones, for lists that lag behind
  std::vector<DomainConfiguration> configurations_;
  Counters counters_;
};

}  // namespace simulator
