#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/vocabulary.h"

namespace planner {

/// The effects that a plan can ask for. Each is one step; what follows it is planned anew.
struct ReadSecrets {
  std::vector<std::string> uids;  ///< of the ServerCertificates
};
struct SetCertificateFinalizer {
  std::string uid;
  bool present = true;
};
struct SetInstanceFinalizer {
  bool present = true;
};
/// Compare-and-swap of the ledger. `reserved` names its new attempts: once written, they may be sent.
struct WriteLedger {
  Ledger ledger;
  DomainLedger domains;
  std::vector<std::string> reserved;
  bool rebuilt = false;  ///< in the place of one that was lost: written even if it is empty
};
struct TakeInventory {};
struct Upload {
  std::string attempt;
  std::string uid;
};
/// The slot that comes free is for the rotation of an object.
struct MakeRoom {
  std::string uid;          ///< of the ServerCertificate that rotates
  std::string fingerprint;  ///< the chain that it is to get
  std::string old;          ///< attempt of the certificate that it has
};
/// After live reads that still say so, the entry becomes Deleting; after that nothing calls it back.
struct BeginDelete {
  std::string attempt;
  Ledger ledger;                   ///< with the decision
  std::optional<MakeRoom> room{};  ///< why a certificate that is still wanted goes
};
struct Delete {
  std::string attempt;
  Ledger ledger;  ///< without the certificate
};
/// After live reads that still say so, the domain of the object is made to serve its certificate.
struct Serve {
  std::string uid;
  std::string attempt;           ///< of the certificate's entry
  std::string configuration_id;  ///< empty: it is to be made
  bool wanted = true;  ///< the certificate is the one in the Secret; else it is held, and the Secret is not fit for use
};
struct RemoveDomain {
  std::string name;
  DomainLedger domains;   ///< without the configuration
  bool to_break = false;  ///< it is still wished, but what it serves is to be deleted before its successor is uploaded
};
using Action = std::variant<std::monostate, ReadSecrets, SetCertificateFinalizer, SetInstanceFinalizer, WriteLedger,
                            TakeInventory, Upload, BeginDelete, Delete, Serve, RemoveDomain>;

inline bool acts(const Action& action) {
  return !std::holds_alternative<std::monostate>(action);
}
/// What the action is and what it is about, for logs and for Observation::resting. The same key: the same thing again.
std::string key_of(const Action& action);

}  // namespace planner
