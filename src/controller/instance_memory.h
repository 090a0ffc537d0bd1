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

// What a process remembers of one instance.
namespace controller {

/// How many uploads from one namespace can be rejected in a row before they are sent at a lower rate. Fewer than
/// Progress allows of any action in a minute, so that one namespace cannot make writes of the ledger rest for all.
inline constexpr double kRefusedBurst = 8;
inline constexpr base::Duration kRefusedRefill = std::chrono::seconds(30);

/// How long a reconcile reads Secrets before it does everything else.
inline constexpr base::Duration kReadingTime = std::chrono::milliseconds(500);
/// How often one Secret can change in a row before it is read at a lower rate. Fewer than Progress allows of any action
/// in a minute.
inline constexpr double kSecretBurst = 25;
inline constexpr base::Duration kSecretRefill = std::chrono::seconds(10);
/// For keys of one namespace that take long to decrypt: how many seconds may be spent on them, and the time after which
/// another second is available.
inline constexpr double kCostlyBurst = 3;
inline constexpr base::Duration kCostlyRefill = std::chrono::seconds(20);

/// What this process knows about one instance and no API object stores: what decisions depend on (Remembered), and what
/// only effects need. All of it may be lost in a crash. Used only by the worker that reconciles the instance.
struct InstanceMemory : planner::Remembered {
  Uid uid;  ///< of the IoTDAInstance

  // Secrets.
  struct Reading {
    std::int64_t generation = 0;  ///< of the spec that named the Secret
    SecretView view;
  };
  std::map<Uid, Reading> secrets;  ///< by uid of the ServerCertificate
  /// For a Secret that keeps changing: the versions that were read last, and how many more changes may be read.
  struct SecretChanges {
    base::TokenBucket bucket{kSecretBurst, kSecretRefill};
    std::vector<SecretVersion> versions;
  };
  std::map<kube::ObjectName, SecretChanges> secret_changes;
  std::map<std::string, base::TokenBucket> costly_checks;  ///< by namespace
  base::Duration reading_time{};                           ///< that this reconcile has spent on Secrets
  Turns read_turns;

  // By uid of the ServerCertificate.
  std::map<Uid, Rejection> rejections;          ///< of uploads
  std::map<Uid, Rejection> binding_rejections;  ///< of domain configurations
  std::map<Uid, std::int64_t> generations;      ///< of the spec, as seen last
  std::map<Uid, std::string> tokens;            ///< the newest reconcile token that was handled
  std::map<Uid, Fingerprint> expiry_warned;     ///< the chain whose expiry was reported
  std::map<Uid, UploadAllowance> allowances;
  ReconcileRequests requests;

  // The platform.
  std::string access_revision;
  std::string reconcile_token;                ///< the newest one for which an inventory was taken
  std::string pardoned;                       ///< the newest one for which pauses after failures were ended
  std::vector<base::BootTime> undoings;       ///< when changes by other parties were found
  std::map<CertificateId, Trouble> unread;    ///< when its chain is requested again
  bool odd_dates = false;                     ///< dates of the platform cannot be parsed; was logged
  std::optional<base::Duration> upload_time;  ///< how long an upload takes; slow ones count for several more
  std::map<std::string, base::TokenBucket> refused_uploads;  ///< by namespace

  // The API server.
  std::string version;  ///< resourceVersion of the instance from which `remembered` is
  /// Digests of the last status that was written and of what the API server stored, by uid of the object.
  struct StatusWrite {
    std::size_t wanted = 0;
    std::size_t kept = 0;
    int overwritten = 0;  ///< by another writer, in a row
    base::BootTime last_overwritten;
  };
  std::map<Uid, StatusWrite> status_writes;
  std::set<Uid> skewed;  ///< the objects whose status the API server does not store completely
  Turns status_turns;
  Progress progress;
};

}  // namespace controller
