#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/observation.h"

namespace controller {

/// What this process knows about one instance and no API object holds. All of it may be lost in a crash: what is
/// missing then shows as doubt. Used by the one worker that has the instance.
struct InstanceMemory {
  std::string uid;  ///< of the IoTDAInstance that this is about
  base::BootTime watched_since;
  struct Reading {
    std::int64_t generation = 0;  ///< of the object whose spec said what to read
    SecretView view;
  };
  std::map<std::string, Reading> secrets;       ///< by uid of the ServerCertificate
  std::map<std::string, Rejection> rejections;  ///< likewise
  std::map<std::string, std::string> tokens;    ///< likewise: the newest reconcile token that was acted on
  /// Likewise: fingerprint of the chain that somebody was told of because it expires soon.
  std::map<std::string, std::string> expiry_warned;
  std::string access_revision;
  std::optional<Gate> gate;
  std::optional<Inventory> inventory;
  std::optional<base::BootTime> inventory_tried;
  bool inventory_denied = false;
  std::set<std::string> vanished;        ///< by attempt
  std::vector<base::BootTime> undoings;  ///< when others' changes were found
  std::optional<DomainInventory> domains;
  std::optional<Problem> domains_problem;
  std::string reconcile_token;                       ///< the newest one that an inventory was taken for
  std::map<std::string, PlatformCertificate> known;  ///< by id
  std::map<std::string, base::BootTime> tombstones;  ///< by id: when it was deleted
  std::map<std::string, base::BootTime> rights;      ///< by attempt, like all that follows
  std::map<std::string, AddOutcome> outcomes;
  std::map<std::string, Doubt> doubts;
  std::map<std::string, DeleteTrouble> delete_troubles;
  std::map<std::string, base::BootTime> gone_since;  ///< by uid of an owner
  std::optional<base::BootTime> ledger_lost_since;
  std::map<std::string, base::BootTime> bound;  ///< by certificate id
};

}  // namespace controller
