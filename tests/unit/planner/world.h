#pragma once

#include <memory>
#include <optional>
#include <string>

#include "planner/observation.h"
#include "planner/plan.h"

namespace planner {

/// Builds observations for tests of the planner: an instance with finalizer, an empty ledger and a fresh inventory, and
/// objects whose Secrets are valid.
class World {
 public:
  World() {
    o.now = base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1));
    o.boot_now = base::BootTime(std::chrono::hours(100));
    o.instance_name = "default";
    instance.meta.name = {"", "default"};
    instance.meta.uid = "instance-uid";
    instance.meta.generation = 1;
    instance.meta.finalizers = {std::string(kInstanceFinalizer)};
    instance.status.slots = Ledger{};
    for (int i = 0; i < 10; ++i) o.fresh_attempts.emplace_back("fresh" + std::to_string(i));
    o.signing = platform::Signing::kDerived;
    listed();
  }

  /// A fresh inventory of these chains, with ids "id-<chain>".
  void listed(std::initializer_list<std::string> chains = {}) {
    Inventory inventory{o.boot_now, o.boot_now, {}};
    for (const std::string& chain : chains) {
      inventory.certificates.push_back({CertificateId("id-" + chain), Fingerprint(chain), chain + ".example.com", "",
                                        "2027-01-01T00:00:00Z", "", ""});
      o.known[CertificateId("id-" + chain)] = inventory.certificates.back();
    }
    o.inventory_tried = o.boot_now;
    o.inventory = std::move(inventory);
  }

  /// An object with a valid Secret; each one is a second younger than the one before.
  CertificateView& object(const std::string& name, const std::string& chain) {
    auto made = std::make_shared<ServerCertificate>();
    made->meta.name = {"prod", name};
    made->meta.uid = Uid("uid-" + name);
    made->meta.generation = 1;
    made->meta.created = o.now - std::chrono::hours(1) + std::chrono::seconds(o.certificates.size());
    made->meta.finalizers = {std::string(kCertificateFinalizer)};
    made->instance = "default";
    made->secret = name + "-tls";
    made->certificate_key = "tls.crt";
    made->private_key_key = "tls.key";
    CertificateView view{made, {}, {}};
    view.secret.current = true;
    view.secret.versions = {{made->secret, "secret-uid", "1"}};
    certificate::Facts facts;
    facts.fingerprint = Fingerprint(chain);
    facts.common_name = chain + ".example.com";
    facts.not_before = o.now - std::chrono::hours(24);
    facts.not_after = o.now + std::chrono::hours(24 * 90);
    view.secret.facts = facts;
    o.certificates.push_back(std::move(view));
    return o.certificates.back();
  }

  ServerCertificate& edit(const std::string& name) {
    for (CertificateView& view : o.certificates) {
      if (view.object->meta.name.name == name) {
        auto copy = std::make_shared<ServerCertificate>(*view.object);
        view.object = copy;
        return *copy;
      }
    }
    std::abort();
  }

  CertificateView& view(const std::string& name) {
    for (CertificateView& v : o.certificates) {
      if (v.object->meta.name.name == name) return v;
    }
    std::abort();
  }

  Slot& slot(const Attempt& attempt, SlotState state, const std::string& owner, const std::string& chain) {
    Slot s;
    s.attempt = attempt;
    s.state = state;
    s.owner = {"prod", owner};
    s.owner_uid = Uid("uid-" + owner);
    s.fingerprint = Fingerprint(chain);
    s.since = "2026-05-01T00:00:00Z";
    if (!s.open()) s.id = CertificateId("id-" + chain);
    instance.status.slots->push_back(s);
    return instance.status.slots->back();
  }

  Plan next() {
    o.instance = std::make_shared<const Instance>(instance);
    return plan(o);
  }

  const ServerCertificateStatus& status(const Plan& p, const std::string& name) const {
    for (std::size_t i = 0; i < o.certificates.size(); ++i) {
      if (o.certificates[i].object->meta.name.name == name) return p.certificates.at(i);
    }
    std::abort();
  }

  Observation o;
  Instance instance;
};

inline std::string reason(const ServerCertificateStatus& status) {
  return find(status.conditions, kReady)->reason;
}
inline std::string message(const ServerCertificateStatus& status) {
  return find(status.conditions, kReady)->message;
}
inline bool has(const Conditions& conditions, std::string_view type) {
  return find(conditions, type) != nullptr;
}

}  // namespace planner
