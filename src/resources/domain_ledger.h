#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"
#include "meta/object_name.h"
#include "resources/ledger.h"

// IoTDAInstance.status.domains: which domain name belongs to which object.
namespace resources {

enum class DomainState {
  kReserved,  ///< recorded before it is created; not yet known whether the platform has it
  kActive,    ///< on the platform
  kRetained,  ///< left on the platform by deletionPolicy Retain
  kKept,      ///< no configuration; the name stays reserved for the namespace that used it
  kOther,     ///< written by another version of this program; not changed
};

std::string_view to_string(DomainState state);

/// A domain configuration that the operator manages, from before it is created until it is deleted, and after that the
/// reserved name. At most one for each domain name. Like a Slot, it is changed only by its transitions.
struct Domain {
  std::string name;  ///< lower case
  DomainState state = DomainState::kReserved;
  std::string state_text;  ///< as read, for kOther
  bool adopted = false;
  bool served_once = false;          ///< a configuration existed, so the name stays with the owner's namespace
  CertificateId former_certificate;  ///< what an adopted one served before, to be restored when it is given back
  meta::ObjectName owner;
  Uid owner_uid;
  bool retain = false;  ///< the owner's deletionPolicy when it was last seen
  ConfigurationId id;   ///< configuration_id
  std::string since;    ///< RFC 3339

  bool operator==(const Domain&) const = default;
  /// A configuration exists, or may exist.
  bool is_used() const { return state != DomainState::kKept; }
  /// As is_used(), but not a configuration that was left on the platform.
  bool in_use() const { return is_used() && state != DomainState::kRetained; }

  // New entries.

  /// For a configuration that is about to be created.
  static Domain reserve(std::string name, const Owner& owner, bool served_once, std::string since);
  /// For a configuration that another party created, which serves `former_certificate`.
  static Domain adopt(std::string name, const Owner& owner, ConfigurationId id, CertificateId former_certificate,
                      std::string since);
  /// Replaces an entry that was lost.
  static Domain recover(std::string name, const Owner& owner, ConfigurationId id, std::string since);

  // Transitions.

  /// The configuration was created. Requires: Reserved.
  void made(ConfigurationId id, std::string since);
  /// The id of a configuration that was left on the platform before its id was known. Requires: no id.
  void identify(ConfigurationId id);
  /// Another party deleted the configuration, so it is created again. Requires: Active.
  void removed_by_others(std::string since);
  /// `heir` owns the entry from now on; it may be the current owner with new properties. Requires: Reserved or Active.
  void hand_over(const Owner& heir);
  /// The configuration stays on the platform by deletionPolicy Retain. Requires: Reserved or Active.
  void leave(std::string since);
  /// `heir` uses the retained configuration. Requires: Retained.
  void take_back(const Owner& heir, std::string since);
  /// The configuration was deleted; the name stays with its namespace. Requires: served_once.
  void keep_name();
};

/// IoTDAInstance.status.domains.
using DomainLedger = std::vector<Domain>;

const Domain* find_domain(const DomainLedger& domains, std::string_view name);
/// As find_domain(), but without entries in state Kept.
const Domain* find_used_domain(const DomainLedger& domains, std::string_view name);
/// Adds the entry, or replaces the one with the same name.
void put_domain(DomainLedger& domains, Domain entry);

DomainLedger parse_domains(const json::Value& list);
void write_domains(json::Writer& out, const DomainLedger& domains);

}  // namespace resources
