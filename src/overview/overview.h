#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "meta/object_name.h"
#include "overview/event.h"
#include "overview/story.h"
#include "resources/instance.h"
#include "resources/server_certificate.h"

// What people want to know about all objects: which slots there are, what is in them and how long it is valid, who
// waits and why, and what needs a person. It is made from the statuses alone, so whoever can read the objects can make
// it.
namespace overview {

/// In the order in which objects are shown.
enum class State {
  kNeedsAction,  ///< a person must do something
  kWorking,      ///< the operator works on it, or waits for something that usually happens without a person
  kSuspended,    ///< spec.suspend is set
  kReady,
};

std::string_view to_string(State state);

/// How an object is, from its conditions.
struct Health {
  State state = State::kWorking;
  bool ready = false;  ///< condition Ready; can be true while the operator works, or while a person must do something
  std::string reason;  ///< of the condition Ready, or kExpiresSoon, or kNotHandled
  std::string message;
  std::string since;  ///< RFC 3339; empty if not known
};

/// Ready, but most of the lifetime is over and the Secret has no newer certificate.
inline constexpr std::string_view kExpiresSoon = "ExpiresSoon";
/// The operator has not seen the object, or the last change of its spec.
inline constexpr std::string_view kNotHandled = "NotHandled";

/// The dates of a certificate, RFC 3339; empty if not known.
struct Lifetime {
  std::string effective;
  std::string expiry;
  std::optional<int> left_percent;  ///< how much of the lifetime is left, 0 to 100; none: a date is not known
};

/// One slot of the platform.
struct Slot {
  std::string state;   ///< that of the ledger (resources::SlotState), kForeign or kFree
  std::string origin;  ///< Created, Adopted or Recorded; empty for foreign and free ones
  meta::ObjectName owner;
  meta::ObjectName reserved_for;  ///< the object that gets the slot when it becomes free
  std::string certificate_id;
  std::string fingerprint;
  std::string common_name;
  Lifetime lifetime;
  bool renewal_pending = false;      ///< the Secret of the owner has a newer certificate
  std::vector<std::string> domains;  ///< on which the platform serves the certificate
  std::string since;                 ///< of the state
};

/// A certificate that the operator does not manage.
inline constexpr std::string_view kForeign = "Foreign";
inline constexpr std::string_view kFree = "Free";

/// A domain name that belongs to an object.
struct Domain {
  std::string name;
  std::string state;  ///< resources::DomainState
  std::string origin;
  std::string configuration_id;
  meta::ObjectName owner;
  bool served = false;         ///< a valid certificate of the owner is served
  std::string certificate_id;  ///< which one; empty if not known
};

struct Instance {
  std::string name;
  Health health;
  std::vector<std::string> advice;  ///< what to do, if a person must do something
  std::string endpoint;
  std::string region;
  std::string project_id;
  std::string instance_id;
  std::string inventory;  ///< Remote or Ledger; empty until known
  int limit = 0;
  std::optional<int> used;  ///< none: the platform has not responded yet
  int foreign = 0;
  std::vector<Slot> slots;  ///< those of the ledger, then foreign ones, then free ones
  std::vector<Domain> domains;
  std::vector<meta::ObjectName> waiting;  ///< objects without a slot
  std::optional<resources::LastError> last_error;
  std::string next_attempt;  ///< RFC 3339; empty: none is planned
};

struct Certificate {
  meta::ObjectName name;
  std::string instance;
  Health health;
  bool available = false;  ///< a valid certificate of the object is on the platform, and served where it has a domain
  bool deleting = false;
  std::string secret;
  std::string secret_version;  ///< resourceVersion that the status is about
  // on the platform
  std::string certificate_id;
  std::string fingerprint;
  std::string common_name;
  Lifetime lifetime;
  std::string last_upload;
  // in the Secret, if it is another one
  std::string pending_fingerprint;
  std::string pending_expiry;
  std::string domain;  ///< that the object wants; empty for none
  std::string configuration_id;
  bool has_slot = false;
  std::optional<resources::LastError> last_error;
  int attempts = 0;
  std::string next_attempt;
  std::vector<Step> story;
  std::vector<Event> events;  ///< the newest first
};

/// An object that needs a person.
struct Need {
  std::string kind;
  meta::ObjectName name;
  std::string reason;
  std::string message;
  std::string since;
  std::string expiry;  ///< of what is served meanwhile; empty: nothing is
};

struct Overview {
  base::SystemTime time;
  std::vector<Need> needs;                ///< the most urgent first
  std::vector<Instance> instances;        ///< what needs a person first, then by name
  std::vector<Certificate> certificates;  ///< likewise
  std::vector<std::string> unread;        ///< what could not be read, and why

  /// Every object is Ready, and none needs a person.
  bool all_ready() const;
};

/// The objects as the API server has them.
struct Objects {
  std::vector<resources::Instance> instances;
  std::vector<resources::ServerCertificate> certificates;
  std::vector<Event> events;
  std::vector<std::string> unread;
};

Overview make_overview(const Objects& objects, base::SystemTime now);

/// The documented JSON form (docs/status.md), in one line.
std::string to_json(const Overview& overview);

}  // namespace overview
