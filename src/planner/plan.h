#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/observation.h"

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
  std::optional<MakeRoom> room{};  ///< why a certificate that is still wanted goes
};
struct Delete {
  std::string attempt;
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
  bool to_break = false;  ///< it is still wished, but what it serves is to be deleted before its successor is uploaded
};
using Action = std::variant<std::monostate, ReadSecrets, SetCertificateFinalizer, SetInstanceFinalizer, WriteLedger,
                            TakeInventory, Upload, BeginDelete, Delete, Serve, RemoveDomain>;

inline bool acts(const Action& action) {
  return !std::holds_alternative<std::monostate>(action);
}
/// What the action is and what it is about, for logs and for Observation::resting. The same key: the same thing again.
std::string key_of(const Action& action);

/// What to do next; when that is nothing, what every object's status should be and when to look again.
struct Plan {
  Action action;
  std::vector<ServerCertificateStatus> certificates;  ///< in the order of the observation; empty while acting
  std::optional<InstanceStatus> instance;
  std::optional<base::BootTime> next_visit;

  bool at_rest() const { return !acts(action); }
};

/// The next step for one instance. Pure: no input but the observation, no I/O, no clock, no randomness.
Plan plan(const Observation& observation);

/// As plan(), but without an action, for the statuses on the way through long work: of objects that are done, and of
/// those that have none yet. What others wait for is only known when the plan is at rest.
Plan interim_plan(const Observation& observation);

/// How long an owner must be gone without its finalizer before its certificate is released.
inline constexpr base::Duration kGoneGrace = std::chrono::minutes(5);
/// How old an inventory may be when it decides about an add.
inline constexpr base::Duration kInventoryMaxAge = std::chrono::seconds(10);
/// How long a domain stays that its object no longer wishes: it may move to another object in the same `kubectl apply`.
inline constexpr base::Duration kUnwishedGrace = std::chrono::seconds(5);
/// How long it stays for an object that wishes it and has no certificate yet.
inline constexpr base::Duration kHeirGrace = std::chrono::minutes(2);

}  // namespace planner
