#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/vocabulary.h"

namespace planner {

/// The effects that a plan can request. Each is one step. After it, a new plan is made.
struct ReadSecrets {
  std::vector<Uid> uids;  ///< of the ServerCertificates
};
struct SetCertificateFinalizer {
  Uid uid;
  bool present = true;
};
struct SetInstanceFinalizer {
  bool present = true;
};
/// Compare-and-swap of the ledger. `reserved` has its new attempts, which may be uploaded once the ledger is written.
struct WriteLedger {
  Ledger ledger;
  DomainLedger domains;
  std::vector<Attempt> reserved;
  bool rebuilt = false;  ///< replaces a ledger that was lost, so it is written even if it is empty
};
struct TakeInventory {};
struct Upload {
  Attempt attempt;
  Uid uid;
};
/// Tells for which rotation a slot is freed.
struct MakeRoom {
  Uid uid;                  ///< of the ServerCertificate that rotates
  Fingerprint fingerprint;  ///< the chain to upload
  Attempt old;              ///< attempt of its current certificate
};
/// If live reads confirm the decision, the entry becomes Deleting. This cannot be undone.
struct BeginDelete {
  Attempt attempt;
  Ledger ledger;                   ///< after the decision
  std::optional<MakeRoom> room{};  ///< set if the certificate is still wanted: the rotation that needs its slot
};
struct Delete {
  Attempt attempt;
  Ledger ledger;  ///< after the deletion
};
/// If live reads confirm the decision, the domain configuration of the object is created or updated to serve its
/// certificate.
struct Serve {
  Uid uid;
  Attempt attempt;                   ///< of the entry of the certificate
  ConfigurationId configuration_id;  ///< empty: create it
  bool wanted =
      true;  ///< the Secret has this certificate; false: it is held, and the Secret has another or no usable one
};
struct RemoveDomain {
  std::string name;
  DomainLedger domains;  ///< after the deletion
  bool to_break =
      false;  ///< still wanted, but it serves a certificate that must be deleted before the upload of the next one
};
using Action = std::variant<std::monostate, ReadSecrets, SetCertificateFinalizer, SetInstanceFinalizer, WriteLedger,
                            TakeInventory, Upload, BeginDelete, Delete, Serve, RemoveDomain>;

inline bool acts(const Action& action) {
  return !std::holds_alternative<std::monostate>(action);
}
/// The kind and the subject of the action, for logs and for Observation::resting. Equal keys mean that the action is
/// repeated.
std::string key_of(const Action& action);

}  // namespace planner
