#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "simulator/certificate.h"
#include "simulator/domain_configuration.h"
#include "simulator/refusal.h"

namespace simulator {

/// A certificate on a platform instance. Immutable, so that copies of the state can share it.
struct HeldCertificate {
  std::string id;
  Certificate certificate;
  base::BootTime added{};
};
using Held = std::shared_ptr<const HeldCertificate>;

/// The state of one platform instance. A value: copying it creates a snapshot. The caller provides the ids.
class Instance {
 public:
  /// Maximum number of certificates; domain configurations are limited to one.
  explicit Instance(int quota) : quota_(quota) {}

  struct Counters {
    int adds = 0;
    int deletes = 0;
    /// The highest number of certificates at the same time.
    int max_certificates = 0;
  };

  /// Adds a certificate. Errors: quota reached; the chain already exists, if `refuse_duplicates` is set.
  base::Result<Held, Refused> add(Certificate certificate, std::string id, base::BootTime now, bool refuse_duplicates);
  Held find(std::string_view id) const;
  base::Result<void, Refused> remove(std::string_view id, base::BootTime now, bool refuse_bound);
  /// The content of a list that lags behind by `lag`, newest first.
  std::vector<Held> listed(base::BootTime now, base::Duration lag) const;
  /// The current content, newest first.
  std::vector<Held> certificates() const;

  /// Errors: quota reached; the certificate does not exist.
  base::Result<void, Refused> create(DomainConfiguration configuration);
  const DomainConfiguration* find_configuration(std::string_view id) const;
  /// Replaces the configuration with this id. Errors: it does not exist; the certificate does not exist.
  base::Result<void, Refused> update(DomainConfiguration configuration);
  base::Result<void, Refused> remove_configuration(std::string_view id);
  const std::vector<DomainConfiguration>& configurations() const { return configurations_; }

  int quota() const { return quota_; }
  const Counters& counters() const { return counters_; }
  /// Counts an add or delete that was received as a call, for comparison with the request log.
  void count_add() { ++counters_.adds; }
  void count_delete() { ++counters_.deletes; }
  /// Adds the content of an earlier run, regardless of the quota.
  void restore(std::vector<Held> certificates, std::vector<DomainConfiguration> configurations, Counters counters);

 private:
  struct Removed {
    Held held;
    base::BootTime when;
  };

  int quota_;
  std::map<std::string, Held, std::greater<>> held_;
  std::vector<Removed> removed_;  // the latest states, for lists that lag
  std::vector<DomainConfiguration> configurations_;
  Counters counters_;
};

}  // namespace simulator
