#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "certificate/inspect.h"
#include "planner/vocabulary.h"
#include "platform/domain_configuration.h"

namespace planner {

/// What is known of the Secrets of one ServerCertificate. The material itself is not kept.
struct SecretView {
  /// False: the Secret was never read, or there is a newer version of it.
  bool current = false;
  /// As the status records it: enough to rest on, too little to decide on an upload.
  bool recorded = false;
  std::vector<SecretVersion> versions;
  std::optional<Problem> problem;     ///< all that can be wrong but the dates, which change by themselves
  std::vector<std::string> warnings;  ///< what is odd, but keeps nothing from the platform: "reason: message"
  std::optional<certificate::Facts> facts;

  /// This process has read the Secret, and it holds the chain.
  bool proves(std::string_view fingerprint) const {
    return current && !recorded && facts && facts->fingerprint == fingerprint;
  }
};

/// An add or a domain configuration that the platform refused, for the spec and what was in the Secrets then.
struct Rejection {
  std::int64_t generation = 0;  ///< of the object
  std::vector<SecretVersion> versions;
  LastError error;
  int attempts = 0;
  base::SystemTime next_attempt{};
  std::string id{};  ///< of the certificate that was to be bound, if it is about that and known

  bool about_quota() const { return error.reason == name_of(Reason::kQuotaExceeded); }
};

struct CertificateView {
  std::shared_ptr<const ServerCertificate> object;
  SecretView secret;
  std::optional<Rejection> rejection{};          ///< of the upload
  std::optional<Rejection> binding_rejection{};  ///< of the domain configuration
  bool allowed = true;                           ///< its namespace may use the instance

  /// The platform's refusal, if nothing has changed since that could make a difference.
  const Rejection* refusal() const { return still_true(rejection); }
  const Rejection* binding_refusal() const { return still_true(binding_rejection); }

 private:
  const Rejection* still_true(const std::optional<Rejection>& of) const {
    const bool same = of && of->generation == object->meta.generation && of->versions == secret.versions;
    return same ? &*of : nullptr;
  }
};

/// A certificate on the platform. Immutable there, so what was once read of an id stays true.
struct PlatformCertificate {
  std::string id;
  std::string fingerprint;  ///< empty: the chain could not be read, so it may be anybody's
  std::string common_name;
  std::string effective_date;  ///< RFC 3339
  std::string expiry_date;     ///< RFC 3339
  std::string owner;
  std::string issuer;
  bool awaited = false;  ///< the chain was asked for, and the answer is still to come
};

/// What the platform listed. Whatever happened before `began` is in it, but for the lag of the list; how old it is
/// counts from `ended`, so that a platform which answers slowly is not asked for ever.
struct Inventory {
  base::BootTime began;
  base::BootTime ended;
  std::vector<PlatformCertificate> certificates;
};

/// The domain configurations that the platform listed.
struct DomainInventory {
  base::BootTime began;
  base::BootTime ended;
  /// A change was begun since, so what is listed may be old: enough for a status, not for a decision.
  bool outdated = false;
  std::vector<platform::DomainConfiguration> configurations;

  const platform::DomainConfiguration* find(std::string_view name) const {
    for (const platform::DomainConfiguration& there : configurations) {
      if (there.domain_name == name) return &there;
    }
    return nullptr;
  }
  bool serves(std::string_view certificate_id) const {
    return std::any_of(configurations.begin(), configurations.end(),
                       [&](const auto& there) { return there.server_certificate_id == certificate_id; });
  }
};

/// How an add ended.
struct AddOutcome {
  enum class Kind {
    kAdded,
    kNotAdded,  ///< for certain
    kUnknown,
  };
  Kind kind = Kind::kUnknown;
  std::string id;
};

/// An entry that the platform's list must still bear out (its add has an open outcome, it is presumed, or it was left
/// there), as this process sees it.
struct Doubt {
  base::BootTime first_seen;
  int misses = 0;  ///< inventories begun after first_seen that did not show the chain
};

/// The platform (or the way to it) refused: no calls until then.
struct Gate {
  Reason reason = Reason::kPlatformUnavailable;
  LastError error;
  base::BootTime until;
  base::SystemTime next_attempt{};  ///< `until` for the status
  int failures = 0;                 ///< in a row
};

/// Something that did not succeed and is tried again later.
struct Trouble {
  std::string message;
  base::BootTime next_attempt;
  int failures = 0;
};

/// What the operator does at the API server for one object alone. If it fails, that concerns this object and no other.
enum class Effect {
  kRead,       ///< the object and its Secrets
  kFinalizer,  ///< set or taken away
  kStatus,
};
/// By uid of the object.
using ObjectTroubles = std::map<std::pair<std::string, Effect>, Trouble>;

/// The times of "doubt has a clock" (docs/architecture.md).
struct Timing {
  /// T1: from the begin of the write of the reservation to the first byte of the add. As long as that write may take.
  base::Duration send_window = std::chrono::seconds(30);
  base::Duration upload_deadline = std::chrono::seconds(30);  ///< T2: of the whole add
  base::Duration settling = std::chrono::seconds(120);        ///< late commits and lists that lag
  base::Duration resync = std::chrono::minutes(10);
  base::Duration expiry_warning = certificate::kExpiryWarning;  ///< how long before its end a certificate is warned of

  /// W: after this, no add of that attempt can appear any more.
  base::Duration doubt_window() const { return send_window + upload_deadline + settling; }
};

/// How many adds are reserved at once before it is known how long one takes.
inline constexpr std::size_t kSendableAtFirst = 8;

/// What this process remembers about one instance, as far as decisions depend on it. After a restart it is empty; what
/// is missing then shows as doubt.
struct Remembered {
  base::BootTime watched_since;  ///< when this process first saw the instance

  // The platform.
  std::optional<Gate> gate;
  std::optional<Gate> add_gate;  ///< only uploads are refused: a missing permission, for example
  std::optional<Inventory> inventory;
  std::optional<base::BootTime> inventory_tried;     ///< start of the last list, whatever came of it
  bool inventory_denied = false;                     ///< the credentials may not list
  bool awaited = false;                              ///< the platform has not shown all that it was asked for yet
  std::optional<DomainInventory> domains;            ///< only where some object has to do with domains
  std::optional<Problem> domains_problem;            ///< why they cannot be listed
  std::map<std::string, PlatformCertificate> known;  ///< by id: seen in an inventory or in the answer of an upload
  std::map<std::string, base::BootTime> unshown;     ///< by id: listed, but not known when asked for; since when
  std::map<std::string, base::BootTime> tombstones;  ///< by id: deleted so recently that a list may still show it
  std::map<std::string, base::BootTime> bound;       ///< by certificate id: when this process last began to bind it

  // By attempt.
  std::map<std::string, base::BootTime> rights;  ///< uploads not yet sent, and until when they may be
  std::map<std::string, AddOutcome> outcomes;
  std::map<std::string, Doubt> doubts;
  std::set<std::string> vanished;                  ///< the platform does not know the id any more
  std::map<std::string, Trouble> delete_troubles;  ///< also by name of a domain

  // By name of a domain; as the rights, outcomes and doubts of uploads.
  std::map<std::string, base::BootTime>
      domain_rights;                                ///< configurations not yet made, and until when that may be sent
  std::map<std::string, std::string> domains_made;  ///< id of the new configuration
  std::set<std::string> domains_refused;            ///< making it was refused for certain
  std::map<std::string, Doubt> domain_doubts;
  std::set<std::string> domains_gone;                     ///< the platform does not know the id any more
  std::map<std::string, base::BootTime> domain_unwished;  ///< since when its owner does not wish it

  // Objects.
  ObjectTroubles object_troubles;
  std::map<std::string, base::BootTime> gone_since;  ///< by uid of an owner that is not there any more
  std::map<std::string, base::BootTime>
      postponed;  ///< by uid: the annotation that asks for a fresh look comes too often; not before that time

  // The ledger.
  std::optional<base::BootTime> ledger_lost_since;  ///< when this process first saw that it was lost
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
  std::shared_ptr<const Instance> instance;  ///< null: there is none
  std::string duplicate_of;                  ///< name of the IoTDAInstance that manages the same target; or empty
  std::vector<CertificateView> certificates;

  std::string signing;                         ///< resolved; for the status
  std::optional<Problem> credentials_problem;  ///< no client can be made
  bool inventory_wanted = false;               ///< somebody asked for a fresh look
  bool management_conflict = false;            ///< what we put right was undone again and again
  bool skewed = false;                         ///< the API server does not keep all of a status: older definitions
  std::size_t sendable = kSendableAtFirst;     ///< so many uploads can be sent before the right to do so ends

  struct ReadLater {
    base::BootTime until;
    bool costly = false;  ///< keys of its namespace are; else it changes too often, or this visit has read enough
  };
  std::map<std::string, ReadLater> read_later;    ///< by uid: the Secret is not read before that time
  std::map<std::string, base::BootTime> resting;  ///< by key_of() an action without effect: not before that time
  std::map<std::string, base::BootTime>
      damped;                               ///< by uid: its Secret changes too often; not uploaded before that time
  std::vector<std::string> fresh_attempts;  ///< unused ids for new reservations
};

}  // namespace planner
