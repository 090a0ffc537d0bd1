#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "iotda/platform.h"

namespace simulation {

/// How this platform is where the documentation says nothing.
struct CloudVariant {
  std::size_t quota = 2;
  bool refuses_duplicates = false;
  bool refuses_to_delete_bound = false;
  base::Duration list_lag{};  ///< a change shows in lists at most that much later
};

/// What the credentials may do at the moment.
struct Permissions {
  bool list = true;
  bool show = true;
  bool domains = true;
  bool remove = true;
  bool valid = true;  ///< false: 401 on everything

  bool all() const { return list && show && domains && remove && valid; }
};

/// A certificate that is or was on the platform.
struct CloudCertificate {
  std::string id;
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
};

/// A domain configuration: what makes the platform serve a certificate.
struct Binding {
  std::string id;
  std::string certificate_id;
  base::BootTime since;
  std::uint64_t step = 0;  ///< of the story, in which it was made
};

/// The platform as it really is. Calls go through CloudClient, which adds what can go wrong on the way.
class Cloud {
 public:
  explicit Cloud(base::Clock& clock) : clock_(clock) {}

  CloudVariant variant;
  Permissions permissions;

  /// What was on its way and has arrived by now.
  void settle();

  std::vector<CloudCertificate>& certificates() { return certificates_; }
  const std::vector<CloudCertificate>& certificates() const { return certificates_; }
  std::vector<PendingAdd>& pending() { return pending_; }
  const std::vector<PendingAdd>& pending() const { return pending_; }
  std::vector<Binding>& bindings() { return bindings_; }

  CloudCertificate* find(const std::string& id);
  const CloudCertificate* find(const std::string& id) const { return const_cast<Cloud*>(this)->find(id); }
  const Binding* binding_of(const std::string& id) const;
  std::size_t alive() const;

  CloudCertificate& add(int chain, bool ours, base::Duration lag);
  void remove(CloudCertificate& certificate, base::Duration lag, bool by_others);
  void bind(const std::string& certificate_id, std::uint64_t step);

 private:
  base::Clock& clock_;
  std::vector<CloudCertificate> certificates_;
  std::vector<PendingAdd> pending_;
  std::vector<Binding> bindings_;
  int ids_ = 0;
  int domains_ = 0;
};

iotda::ServerCertificate described(const CloudCertificate& certificate);

}  // namespace simulation
