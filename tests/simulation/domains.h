#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "iotda/platform.h"
#include "os/clock.h"

namespace simulation {

/// A domain configuration that is or was on the platform: what makes it serve a certificate.
struct Binding {
  iotda::ConfigurationId id;
  std::string name;
  iotda::CertificateId certificate_id;
  std::set<iotda::CertificateId> served;  ///< all certificates that it has named
  iotda::Ocsp ocsp;
  bool ours = false;      ///< made by the operator, or taken over by it as the policy says
  bool orphaned = false;  ///< the ledger that knew it was lost
  bool there = true;
  bool removed_late = false;   ///< by a call whose answer was lost
  base::BootTime since;        ///< of what it is now
  std::uint64_t step = 0;      ///< of the story, likewise
  base::BootTime listed_from;  ///< likewise: a list shows it at the latest then
  /// What lists that lag still show, oldest first.
  struct Shown {
    base::BootTime until;
    iotda::CertificateId certificate_id;
    iotda::Ocsp ocsp;
    bool there = true;
  };
  std::vector<Shown> earlier;
};

/// A call about a domain configuration that was accepted and has not been carried out yet.
struct PendingBinding {
  enum class Kind { kCreate, kUpdate, kRemove } kind = Kind::kCreate;
  iotda::DomainConfiguration wanted;
  base::BootTime commit;
  base::Duration lag{};
  std::uint64_t ticket = 0;
  bool orphaned = false;
};

/// The domain configurations of the platform as they really are.
class Domains {
 public:
  explicit Domains(os::Clock& clock) : clock_(clock) {}

  std::size_t quota = 1000;
  base::Duration list_lag{};  ///< a change shows in lists at most that much later

  enum class Refusal { kNone, kQuota, kTaken, kUnknownId, kUnknownCertificate };

  /// All that were ever made.
  std::vector<Binding>& all() { return all_; }
  const std::vector<Binding>& all() const { return all_; }
  const Binding* find(const iotda::ConfigurationId& id) const;
  Binding* find(const iotda::ConfigurationId& id) { return const_cast<Binding*>(std::as_const(*this).find(id)); }
  /// The one of that name that is there now.
  const Binding* named(const std::string& name) const;
  /// One that serves the certificate now.
  const Binding* serving(const iotda::CertificateId& certificate_id) const;
  std::size_t count() const;
  std::vector<iotda::DomainConfiguration> listed() const;

  Refusal create(const iotda::DomainConfiguration& wanted, bool ours, base::Duration lag,
                 iotda::ConfigurationId* id = nullptr);
  Refusal update(const iotda::DomainConfiguration& wanted, base::Duration lag);
  Refusal remove(const iotda::ConfigurationId& id, base::Duration lag);

  std::vector<PendingBinding>& pending() { return pending_; }
  const std::vector<PendingBinding>& pending() const { return pending_; }

  /// For the story and for what was seen when.
  std::uint64_t step = 0;

 private:
  void change(Binding& binding, base::Duration lag);

  os::Clock& clock_;
  std::vector<Binding> all_;
  std::vector<PendingBinding> pending_;
  int ids_ = 0;
};

}  // namespace simulation
