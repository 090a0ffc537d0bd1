#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"
#include "meta/object_name.h"

namespace resources {

enum class SlotState {
  kReserved,   ///< intent written; the add is not yet known to have happened
  kInDoubt,    ///< the outcome of the add is unknown
  kPresumed,   ///< found on the platform after a doubt; final once no late add can land any more
  kActive,     ///< on the platform
  kDeleting,   ///< decided: a DELETE may have been sent
  kRetained,   ///< left on the platform by policy
  kEarmarked,  ///< free on the platform, kept for the owner's rotation, or because the owner lent it
  kLost,       ///< stands for a ledger that is gone and cannot be rebuilt; what becomes of it a person says
  kOther,      ///< written by another version of this program: counts as taken, is never touched
};

std::string_view to_string(SlotState state);

/// One slot of the platform, from the intent to add until the certificate is gone.
struct Slot {
  std::string attempt;  ///< random, never used again
  SlotState state = SlotState::kReserved;
  std::string state_text;  ///< as read, for kOther
  bool adopted = false;
  /// Rebuilt from the status of its owner, whose Secret does not hold the chain. A status is no authority, so what it
  /// names is never deleted.
  bool recorded_only = false;
  meta::ObjectName owner;
  std::string owner_uid;
  bool retain = false;  ///< the owner's deletionPolicy when it was last seen
  std::string fingerprint;
  std::string id;                 ///< server_certificate_id
  std::string since;              ///< RFC 3339
  meta::ObjectName reserved_for;  ///< who gets the slot when it comes free
  std::string reserved_for_uid;   ///< empty: whoever is next

  bool operator==(const Slot&) const = default;
  /// On the platform and in use.
  bool held() const { return state == SlotState::kActive || state == SlotState::kPresumed; }
  /// The outcome of the add is open.
  bool open() const { return state == SlotState::kReserved || state == SlotState::kInDoubt; }
};

/// IoTDAInstance.status.slots.
using Ledger = std::vector<Slot>;

inline constexpr std::size_t kMaxSlots = 64;

enum class DomainState {
  kReserved,  ///< intent written; the domain configuration is not yet known to have been made
  kActive,    ///< on the platform
  kRetained,  ///< left there by policy
  kKept,      ///< no configuration: the name stays with the namespace that had it
  kOther,     ///< written by another version of this program: left alone
};

/// A domain configuration that is ours, from the intent to make it until it is gone, and after that the name. One for
/// each domain name.
struct Domain {
  std::string name;  ///< lower case
  DomainState state = DomainState::kReserved;
  std::string state_text;  ///< as read, for kOther
  bool adopted = false;
  bool served_once = false;        ///< there was a configuration, so the name stays with the owner's namespace
  std::string former_certificate;  ///< what an adopted one served before, which is given back to it
  meta::ObjectName owner;
  std::string owner_uid;
  bool retain = false;  ///< the owner's deletionPolicy when it was last seen
  std::string id;       ///< configuration_id
  std::string since;    ///< RFC 3339

  bool operator==(const Domain&) const = default;
  /// There is, or may be, a configuration.
  bool is_used() const { return state != DomainState::kKept; }
};

/// IoTDAInstance.status.domains.
using DomainLedger = std::vector<Domain>;

std::string_view to_string(DomainState state);
const Domain* find_domain(const DomainLedger& domains, std::string_view name);
/// The same, but not a name that is only kept.
const Domain* find_used_domain(const DomainLedger& domains, std::string_view name);
DomainLedger parse_domains(const json::Value& list);
void write_domains(json::Writer& out, const DomainLedger& domains);

Slot* find_attempt(Ledger& ledger, std::string_view attempt);
const Slot* find_attempt(const Ledger& ledger, std::string_view attempt);
const Slot* find_id(const Ledger& ledger, std::string_view id);

Ledger parse_ledger(const json::Value& slots);
void write_ledger(json::Writer& out, const Ledger& ledger);

}  // namespace resources
