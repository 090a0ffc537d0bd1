#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/progress.h"
#include "controller/reconcile_requests.h"
#include "controller/turns.h"
#include "controller/upload_allowance.h"
#include "controller/vocabulary.h"

namespace controller {

/// So many uploads from one namespace may be refused in a row; then one in a while is sent. Fewer than Progress allows
/// of any step in a minute, so that the ledger never rests for all because of one.
inline constexpr double kRefusedBurst = 8;
inline constexpr base::Duration kRefusedRefill = std::chrono::seconds(30);

/// So long a visit reads Secrets, then everything else has its turn.
inline constexpr base::Duration kReadingTime = std::chrono::milliseconds(500);
/// One Secret may change so often in a row until it is read only now and then. Fewer than Progress allows of any step
/// in a minute.
inline constexpr double kSecretBurst = 25;
inline constexpr base::Duration kSecretRefill = std::chrono::seconds(10);
/// Seconds that may go into keys of one namespace that are costly to open, and how long it takes until there is
/// another.
inline constexpr double kCostlyBurst = 3;
inline constexpr base::Duration kCostlyRefill = std::chrono::seconds(20);

/// What this process knows about one instance and no API object holds: what decisions depend on (Remembered), and what
/// only its own effects need. All of it may be lost in a crash. Used by the one worker that has the instance.
struct InstanceMemory : planner::Remembered {
  std::string uid;  ///< of the IoTDAInstance that this is about

  // Secrets.
  struct Reading {
    std::int64_t generation = 0;  ///< of the object whose spec said what to read
    SecretView view;
  };
  std::map<std::string, Reading> secrets;  ///< by uid of the ServerCertificate
  /// Of a Secret that keeps changing: what was read last, and how many changes may be read in a row.
  struct SecretChanges {
    base::TokenBucket bucket{kSecretBurst, kSecretRefill};
    std::vector<SecretVersion> versions;
  };
  std::map<kube::ObjectName, SecretChanges> secret_changes;
  std::map<std::string, base::TokenBucket> costly_checks;  ///< by namespace
  base::Duration reading_time{};                           ///< that this visit has spent on Secrets
  Turns read_turns;

  // By uid of the ServerCertificate.
  std::map<std::string, Rejection> rejections;          ///< of uploads
  std::map<std::string, Rejection> binding_rejections;  ///< of domain configurations
  std::map<std::string, std::int64_t> generations;      ///< of the spec that was seen last
  std::map<std::string, std::string> tokens;            ///< the newest reconcile token that was acted on
  std::map<std::string, std::string> expiry_warned;     ///< fingerprint of the chain whose expiry was told
  std::map<std::string, UploadAllowance> allowances;
  ReconcileRequests requests;

  // The platform.
  std::string access_revision;
  std::string reconcile_token;                ///< the newest one that an inventory was taken for
  std::string pardoned;                       ///< the newest one for which what failed may be tried again
  std::vector<base::BootTime> undoings;       ///< when others' changes were found
  std::map<std::string, Trouble> unread;      ///< by id: when its chain is asked for again
  bool odd_dates = false;                     ///< the platform's dates cannot be read, which was told
  std::optional<base::Duration> upload_time;  ///< how long an upload takes; the slowest one counts for a while
  std::map<std::string, base::TokenBucket> refused_uploads;  ///< by namespace

  // The API server.
  std::string version;  ///< resourceVersion of the instance that `remembered` is of
  /// What the API server made of the last status that was written, by uid of the object; as digests.
  struct StatusWrite {
    std::size_t wanted = 0;
    std::size_t kept = 0;
    int overwritten = 0;  ///< by somebody else, in a row
    base::BootTime last_overwritten;
  };
  std::map<std::string, StatusWrite> status_writes;
  std::set<std::string> skewed;  ///< uids of the objects whose status the API server does not keep whole
  Turns status_turns;
  Progress progress;
};

}  // namespace controller
