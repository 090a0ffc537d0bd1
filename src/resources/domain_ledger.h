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
  kReserved,  ///< intent written; the domain configuration is not yet known to have been made
  kActive,    ///< on the platform
  kRetained,  ///< left there by policy
  kKept,      ///< no configuration: the name stays with the namespace that had it
  kOther,     ///< written by another version of this program: left alone
};

std::string_view to_string(DomainState state);

/// A domain configuration that is ours, from the intent to make it until it is gone, and after that the name. One for
/// each domain name. As Slot, it is changed by its transitions only.
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
  /// Its owner has, or may have, a configuration that it did not leave behind.
  bool in_use() const { return is_used() && state != DomainState::kRetained; }

  // New entries.

  /// Before the configuration is made.
  static Domain reserve(std::string name, const Owner& owner, bool served_once, std::string since);
  /// For a configuration that others made, which serves `former_certificate`.
  static Domain adopt(std::string name, const Owner& owner, std::string id, std::string former_certificate,
                      std::string since);
  /// Instead of an entry that was lost.
  static Domain recover(std::string name, const Owner& owner, std::string id, std::string since);

  // Transitions.

  /// The configuration is on the platform. Before: Reserved.
  void made(std::string id, std::string since);
  /// The configuration that was left behind in doubt is this one. Before: no id.
  void identify(std::string id);
  /// Others removed the configuration; it is to be made again. Before: Active.
  void removed_by_others(std::string since);
  /// Another object, or the same one as it is now, has the entry. Before: Reserved or Active.
  void hand_over(const Owner& heir);
  /// The configuration is left on the platform. Before: Reserved or Active.
  void leave(std::string since);
  /// What was left is in use again. Before: Retained.
  void take_back(const Owner& heir, std::string since);
  /// The configuration is gone; the name stays with its namespace. Before: served_once.
  void keep_name();
};

/// IoTDAInstance.status.domains.
using DomainLedger = std::vector<Domain>;

const Domain* find_domain(const DomainLedger& domains, std::string_view name);
/// The same, but not a name that is only kept.
const Domain* find_used_domain(const DomainLedger& domains, std::string_view name);
/// Puts the entry in the place of one with the same name.
void put_domain(DomainLedger& domains, Domain entry);

DomainLedger parse_domains(const json::Value& list);
void write_domains(json::Writer& out, const DomainLedger& domains);

}  // namespace resources
