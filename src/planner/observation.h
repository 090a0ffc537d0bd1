#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "certificate/inspect.h"
#include "planner/vocabulary.h"
#include "platform/domain_configuration.h"
#include "platform/signing.h"

namespace planner {

/// What is known about the Secrets of one ServerCertificate. It does not contain the keys and certificates.
struct SecretView {
  /// False: the Secret was never read, or has changed since.
  bool current = false;
  /// Read from the status of the object: enough to do nothing, but not to decide about an upload.
  bool recorded = false;
  std::vector<SecretVersion> versions;
  std::optional<Problem> problem;     ///< any problem except with the dates, which depend on the time
  std::vector<std::string> warnings;  ///< problems that do not prevent an upload, as "reason: message"
  std::optional<certificate::Facts> facts;

  /// This process has read the Secret, and it has this chain.
  bool proves(const Fingerprint& fingerprint) const {
    return current && !recorded && facts && facts->fingerprint == fingerprint;
  }
};

/// The platform rejected an upload or a domain configuration, for this generation and these versions of the Secrets.
struct Rejection {
  std::int64_t generation = 0;  ///< of the object
  std::vector<SecretVersion> versions;
  LastError error;
  int attempts = 0;
  base::SystemTime next_attempt{};
  CertificateId id{};  ///< of the certificate to bind, if the request was about one and it is known

  bool about_quota() const { return error.reason == name_of(Reason::kQuotaExceeded); }
};

struct CertificateView {
  std::shared_ptr<const ServerCertificate> object;
  SecretView secret;
  std::optional<Rejection> rejection{};          ///< of the upload
  std::optional<Rejection> binding_rejection{};  ///< of the domain configuration
  bool allowed = true;                           ///< its namespace can use the instance

  /// The rejection of the upload or of the domain configuration; null if the object or its Secrets have changed since.
  const Rejection* refusal() const { return still_true(rejection); }
  const Rejection* binding_refusal() const { return still_true(binding_rejection); }

 private:
  const Rejection* still_true(const std::optional<Rejection>& of) const {
    const bool same = of && of->generation == object->meta.generation && of->versions == secret.versions;
    return same ? &*of : nullptr;
  }
};

/// A certificate on the platform. It cannot be changed there, so what was read for an id stays valid.
struct PlatformCertificate {
  CertificateId id;
  Fingerprint fingerprint;  ///< empty: the chain could not be read
  std::string common_name;
  std::string effective_date;  ///< RFC 3339
  std::string expiry_date;     ///< RFC 3339
  std::string owner;
  std::string issuer;
  bool awaited = false;  ///< the chain was requested, and the response has not arrived yet
};

/// The certificates that the platform listed. Apart from the lag of the list, it shows all changes before `began`. Its
/// age counts from `ended`: otherwise it would always be too old if the platform responds slowly.
struct Inventory {
  base::BootTime began;
  base::BootTime ended;
  std::vector<PlatformCertificate> certificates;
};

/// The domain configurations that the platform listed.
struct DomainInventory {
  base::BootTime began;
  base::BootTime ended;
  /// A change was sent since, so the list can be out of date: enough for a status, but not for a decision.
  bool outdated = false;
  std::vector<platform::DomainConfiguration> configurations;

  const platform::DomainConfiguration* find(std::string_view name) const {
    for (const platform::DomainConfiguration& there : configurations) {
      if (there.domain_name == name) return &there;
    }
    return nullptr;
  }
  bool serves(const CertificateId& certificate_id) const {
    return std::any_of(configurations.begin(), configurations.end(),
                       [&](const auto& there) { return there.server_certificate_id == certificate_id; });
  }
};

/// The outcome of an upload.
struct AddOutcome {
  enum class Kind {
    kAdded,
    kNotAdded,  ///< certainly not uploaded
    kUnknown,
  };
  Kind kind = Kind::kUnknown;
  CertificateId id;
};

/// What this process knows about an entry that a list of the platform must confirm: the outcome of its upload is
/// unknown, or it is Presumed or Retained.
struct Doubt {
  base::BootTime first_seen;
  int misses = 0;  ///< inventories begun after first_seen that did not show the chain
};

/// The platform could not be reached, or rejected the operator: no calls before `until`.
struct Gate {
  Reason reason = Reason::kPlatformUnavailable;
  LastError error;
  base::BootTime until;
  base::SystemTime next_attempt{};  ///< `until` for the status
  int failures = 0;                 ///< consecutive ones
};

/// An operation that failed and is retried later.
struct Trouble {
  std::string message;
  base::BootTime next_attempt;
  int failures = 0;
};

/// Operations at the API server that concern one object. If one fails, other objects are not affected.
enum class Effect {
  kRead,       ///< the object and its Secrets
  kFinalizer,  ///< set or removed
  kStatus,
};
/// By uid of the object.
using ObjectTroubles = std::map<std::pair<Uid, Effect>, Trouble>;

/// The times of "doubt has a clock" (docs/architecture.md).
struct Timing {
  /// T1: maximum time from the start of writing the reservation to the first byte of the upload. At least the timeout
  /// of that write.
  base::Duration send_window = std::chrono::seconds(30);
  base::Duration upload_deadline = std::chrono::seconds(30);  ///< T2: timeout of the whole upload
  base::Duration settling = std::chrono::seconds(120);        ///< for late commits and the lag of lists
  base::Duration resync = std::chrono::minutes(10);
  base::Duration expiry_warning = certificate::kExpiryWarning;  ///< how long before expiry to warn

  /// W: after this time, the upload of an attempt can no longer appear on the platform.
  base::Duration doubt_window() const { return send_window + upload_deadline + settling; }
};

/// How many uploads are reserved at once before it is known how long one takes.
inline constexpr std::size_t kSendableAtFirst = 8;

/// What this process remembers about one instance, as far as decisions depend on it. After a restart it is empty; what
/// is missing then shows as doubt.
struct Remembered {
  base::BootTime watched_since;  ///< when this process first saw the instance

  // The platform.
  std::optional<Gate> gate;
  std::optional<Gate> add_gate;  ///< only uploads are rejected, for example because of a missing permission
  std::optional<Inventory> inventory;
  std::optional<base::BootTime> inventory_tried;       ///< start of the last list, successful or not
  bool inventory_denied = false;                       ///< the credentials have no permission to list
  bool awaited = false;                                ///< not all requested certificates have been received yet
  std::optional<DomainInventory> domains;              ///< only if an object has a domain
  std::optional<Problem> domains_problem;              ///< why they cannot be listed
  std::map<CertificateId, PlatformCertificate> known;  ///< by id: from an inventory or the response to an upload
  std::map<CertificateId, base::BootTime> unshown;     ///< by id: listed, but not found by its id since then
  std::map<CertificateId, base::BootTime> tombstones;  ///< deleted so recently that a list may still show them
  std::map<CertificateId, base::BootTime> bound;       ///< by certificate id: when this process last started to bind it

  // By attempt.
  std::map<Attempt, base::BootTime> rights;  ///< uploads that are not sent yet, and until when they can be
  std::map<Attempt, AddOutcome> outcomes;
  std::map<Attempt, Doubt> doubts;
  std::set<Attempt> vanished;  ///< the platform no longer knows the id
  std::map<Attempt, Trouble> delete_troubles;

  // By name of a domain; as the rights, outcomes and doubts of uploads.
  std::map<std::string, base::BootTime>
      domain_rights;  ///< configurations that are not created yet, and until when the request can be sent
  std::map<std::string, ConfigurationId> domains_made;  ///< id of the new configuration
  std::set<std::string> domains_refused;                ///< certainly not created
  std::map<std::string, Doubt> domain_doubts;
  std::set<std::string> domains_gone;                     ///< the platform no longer knows the id
  std::map<std::string, base::BootTime> domain_unwished;  ///< since when its owner does not want it
  std::map<std::string, Trouble> domain_troubles;         ///< it could not be deleted or given back
  /// By id of a configuration: deleted so recently that a list may still show it.
  std::map<ConfigurationId, base::BootTime> domain_tombstones;

  // Objects.
  ObjectTroubles object_troubles;
  std::map<Uid, base::BootTime> gone_since;  ///< by uid of an owner that no longer exists
  std::map<Uid, base::BootTime>
      postponed;  ///< by uid: the annotation to retry changes too often; not handled before that time

  // The ledger.
  std::optional<base::BootTime> ledger_lost_since;  ///< when this process first saw that the ledger was lost
  /// When this process saw that the ledger is of before (its store was restored), and what stood in it until then.
  std::optional<base::BootTime> restored_since;
  Ledger remembered;
  DomainLedger remembered_domains;
};

/// Everything that a decision about one instance depends on, at one moment.
struct Observation : Remembered {
  base::SystemTime now;
  base::BootTime boot_now;
  Timing timing;

  std::string instance_name;
  std::shared_ptr<const Instance> instance;  ///< null: it does not exist
  std::string duplicate_of;                  ///< name of the IoTDAInstance that manages the same target; empty: none
  std::vector<CertificateView> certificates;

  std::optional<platform::Signing> signing;  ///< resolved; for the status
  std::string project_id;                    ///< of the instance; empty until it was looked up
  std::string credentials;                   ///< where they come from and until when they last; empty: from the Secret
  std::optional<Problem> credentials_problem;       ///< why there is no client for the platform
  std::optional<Problem> credentials_warning;       ///< why new credentials cannot be used; the former ones still work
  std::optional<base::BootTime> credentials_retry;  ///< when the problem or the warning can have ended
  bool inventory_wanted = false;                    ///< a new list was requested
  bool management_conflict = false;                 ///< another party keeps undoing changes of the operator
  bool skewed = false;  ///< the API server does not store all fields of a status: the CRDs in the cluster are older
  std::size_t sendable = kSendableAtFirst;  ///< how many uploads can be sent before their rights expire

  struct ReadLater {
    base::BootTime until;
    bool costly = false;  ///< the keys of its namespace are expensive to decrypt; else it changes too often, or enough
                          ///< Secrets were read
  };
  std::map<Uid, ReadLater> read_later;  ///< by uid: the Secret is not read before that time
  std::map<std::string, base::BootTime>
      resting;                           ///< by key_of(): an action that had no effect; not repeated before that time
  std::map<Uid, base::BootTime> damped;  ///< by uid: its Secret changes too often; not uploaded before that time
  std::vector<Attempt> fresh_attempts;   ///< unused ids for new reservations
};

}  // namespace planner
