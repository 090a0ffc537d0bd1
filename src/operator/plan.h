#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "operator/observation.h"

namespace controller {

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
  std::vector<std::string> reserved;
};
struct TakeInventory {};
struct Upload {
  std::string attempt;
  std::string uid;
};
/// After live reads that still say so, the entry becomes Deleting; after that nothing calls it back.
struct BeginDelete {
  std::string attempt;
};
struct Delete {
  std::string attempt;
};
using Action = std::variant<std::monostate, ReadSecrets, SetCertificateFinalizer, SetInstanceFinalizer, WriteLedger,
                            TakeInventory, Upload, BeginDelete, Delete>;

/// What to do next; when that is nothing, what every object's status should be and when to look again.
struct Plan {
  Action action;
  std::vector<ServerCertificateStatus> certificates;  ///< in the order of the observation; empty while acting
  std::optional<InstanceStatus> instance;
  std::optional<base::BootTime> next_visit;

  bool at_rest() const { return std::holds_alternative<std::monostate>(action); }
};

/// The next step for one instance. Pure: no input but the observation, no I/O, no clock, no randomness.
Plan plan(const Observation& observation);

/// How long an owner must be gone without its finalizer before its certificate is released.
inline constexpr base::Duration kGoneGrace = std::chrono::minutes(5);
/// How old an inventory may be when it decides about an add.
inline constexpr base::Duration kInventoryMaxAge = std::chrono::seconds(10);

}  // namespace controller
