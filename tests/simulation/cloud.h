#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domains.h"
#include "iotda/platform.h"
#include "os/clock.h"

namespace simulation {

/// What `show` gives for the PEM of a certificate.
enum class Spelling { kAsSent, kCarriageReturns, kEscapedLineBreaks, kBlankLines, kEmpty };

/// How this platform is where the documentation says nothing.
struct CloudVariant {
  std::size_t quota = 2;
  bool refuses_duplicates = false;
  bool refuses_to_delete_bound = false;
  base::Duration list_lag{};         ///< a change shows in lists at most that much later
  base::Duration domain_list_lag{};  ///< likewise for domain configurations
  base::Duration show_lag{};         ///< until then a new certificate is unknown to show
  std::size_t domain_quota = 1000;
  Spelling spelling = Spelling::kAsSent;
  base::Duration latency{};  ///< each call takes that long
};

/// What the credentials may do at the moment.
struct Permissions {
  bool list = true;
  bool show = true;
  bool domains = true;  ///< list domain configurations
  bool remove = true;
  bool valid = true;  ///< false: 401 on everything
  bool add = true;
  bool create_domain = true;
  bool update_domain = true;
  bool remove_domain = true;

  bool all() const { return *this == Permissions{}; }
  bool sees() const { return list && show && valid; }
  bool operator==(const Permissions&) const = default;
};

std::string to_string(const Permissions& permissions);

/// A certificate that is or was on the platform.
struct CloudCertificate {
  iotda::CertificateId id;
  int chain = -1;
  bool ours = false;      ///< added by the operator, or taken over by it as the policy says
  bool orphaned = false;  ///< the ledger that knew it was lost
  base::BootTime born;
  base::BootTime listed_from;
  std::optional<base::BootTime> removed;
  base::BootTime listed_until;
  bool removed_by_others = false;

  bool alive() const { return !removed.has_value(); }
};

/// An add that was accepted and has not appeared yet.
struct PendingAdd {
  int chain = -1;
  base::BootTime commit;
  base::Duration lag{};
  bool orphaned = false;
  std::uint64_t ticket = 0;  ///< of the call that waits for the answer; 0: nobody does
};

/// The platform as it really is, and what it answers to a call that arrives (tests/contract). Calls go through
/// CloudClient, which adds what can go wrong on the way.
class Cloud {
 public:
  explicit Cloud(os::Clock& clock) : domains(clock), clock_(clock) {}

  CloudVariant variant;
  Permissions permissions;
  Domains domains;

  /// What was on its way and has arrived by now.
  void settle();
  /// An add, or a call about a domain configuration, takes effect. The id of what it made or changed.
  iotda::Result<iotda::CertificateId> carry_out(const PendingAdd& call);
  iotda::Result<iotda::ConfigurationId> carry_out(const PendingBinding& call);
  /// When the next of what is on its way arrives.
  std::optional<base::BootTime> next_arrival() const;
  std::uint64_t next_ticket() { return ++tickets_; }
  /// By ticket, what became of what was on its way and has arrived.
  std::map<std::uint64_t, iotda::Result<iotda::CertificateId>> landed;
  std::map<std::uint64_t, iotda::Result<iotda::ConfigurationId>> landed_changes;

  std::vector<iotda::ServerCertificate> list() const;
  iotda::Result<iotda::ServerCertificate> show(const iotda::CertificateId& id, Spelling spelling) const;
  iotda::Result<void> remove(const iotda::CertificateId& id, base::Duration lag);

  std::vector<CloudCertificate>& certificates() { return certificates_; }
  const std::vector<CloudCertificate>& certificates() const { return certificates_; }
  std::vector<PendingAdd>& pending() { return pending_; }
  const std::vector<PendingAdd>& pending() const { return pending_; }

  CloudCertificate* find(const iotda::CertificateId& id);
  const CloudCertificate* find(const iotda::CertificateId& id) const { return const_cast<Cloud*>(this)->find(id); }
  /// A domain configuration that serves the certificate.
  const Binding* binding_of(const iotda::CertificateId& id) const { return domains.serving(id); }
  std::size_t alive() const;

  CloudCertificate& add(int chain, bool ours, base::Duration lag);
  void remove(CloudCertificate& certificate, base::Duration lag, bool by_others);
  /// A domain configuration of somebody else.
  void bind(const std::string& name, const iotda::CertificateId& certificate_id, base::Duration lag);

 private:
  os::Clock& clock_;
  std::vector<CloudCertificate> certificates_;
  std::vector<PendingAdd> pending_;
  int ids_ = 0;
  std::uint64_t tickets_ = 0;
};

iotda::ServerCertificate described(const CloudCertificate& certificate);

iotda::Error platform_error(iotda::Error::Code code, int status, std::string error_code, std::string message,
                            std::optional<base::Duration> retry_after = {});

}  // namespace simulation
