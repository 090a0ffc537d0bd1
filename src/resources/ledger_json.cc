// Both ledgers as JSON.
#include <array>
#include <utility>

#include "resources/domain_ledger.h"
#include "resources/ledger.h"

namespace resources {
namespace {

constexpr std::array<std::pair<SlotState, std::string_view>, 8> kNames{{
    {SlotState::kReserved, "Reserved"},
    {SlotState::kInDoubt, "InDoubt"},
    {SlotState::kPresumed, "Presumed"},
    {SlotState::kActive, "Active"},
    {SlotState::kDeleting, "Deleting"},
    {SlotState::kRetained, "Retained"},
    {SlotState::kEarmarked, "Earmarked"},
    {SlotState::kLost, "Lost"},
}};

SlotState parse_state(std::string_view text) {
  for (const auto& [state, name] : kNames) {
    if (name == text) return state;
  }
  return SlotState::kOther;
}

/// The object that owns an entry, or is to get it, in the JSON of both ledgers.
void read_object(const json::Value& v, meta::ObjectName& name, Uid& uid) {
  name = {v["namespace"].string_or(""), v["name"].string_or("")};
  uid = Uid(v["uid"].string_or(""));
}

void write_object(json::Writer& out, std::string_view key, const meta::ObjectName& name, const Uid& uid) {
  out.key(key).begin_object();
  out.member("namespace", name.ns).member("name", name.name).member("uid", uid.str()).end_object();
}

constexpr std::array<std::pair<DomainState, std::string_view>, 4> kDomainStates{{
    {DomainState::kReserved, "Reserved"},
    {DomainState::kActive, "Active"},
    {DomainState::kRetained, "Retained"},
    {DomainState::kKept, "Kept"},
}};

DomainState parse_domain_state(std::string_view text) {
  for (const auto& [state, name] : kDomainStates) {
    if (name == text) return state;
  }
  return DomainState::kOther;
}

}  // namespace

std::string_view to_string(SlotState state) {
  for (const auto& [s, name] : kNames) {
    if (s == state) return name;
  }
  return "Other";
}

std::string_view to_string(DomainState state) {
  for (const auto& [s, name] : kDomainStates) {
    if (s == state) return name;
  }
  return "Other";
}

Ledger parse_ledger(const json::Value& slots) {
  Ledger ledger;
  for (const json::Value& item : slots.items()) {
    Slot slot;
    slot.attempt = Attempt(item["attempt"].string_or(""));
    slot.state_text = item["state"].string_or("");
    slot.state = parse_state(slot.state_text);
    if (slot.state != SlotState::kOther) slot.state_text.clear();
    slot.adopted = item["origin"].string_or("") == "Adopted";
    slot.recorded_only = item["origin"].string_or("") == "Recorded";
    read_object(item["owner"], slot.owner, slot.owner_uid);
    slot.retain = item["deletionPolicy"].string_or("") == "Retain";
    slot.fingerprint = Fingerprint(item["fingerprint"].string_or(""));
    slot.id = CertificateId(item["serverCertificateId"].string_or(""));
    slot.since = item["since"].string_or("");
    read_object(item["reservedFor"], slot.reserved_for, slot.reserved_for_uid);
    ledger.push_back(std::move(slot));
  }
  return ledger;
}

void write_ledger(json::Writer& out, const Ledger& ledger) {
  out.key("slots").begin_array();
  for (const Slot& slot : ledger) {
    out.begin_object().member("attempt", slot.attempt.str());
    out.member("state", slot.state == SlotState::kOther ? std::string_view(slot.state_text) : to_string(slot.state));
    out.member("origin", slot.recorded_only ? "Recorded" : slot.adopted ? "Adopted" : "Created");
    write_object(out, "owner", slot.owner, slot.owner_uid);
    out.member("deletionPolicy", slot.retain ? "Retain" : "Delete").member("fingerprint", slot.fingerprint.str());
    if (!slot.reserved_for_uid.empty()) write_object(out, "reservedFor", slot.reserved_for, slot.reserved_for_uid);
    if (!slot.id.empty()) out.member("serverCertificateId", slot.id.str());
    out.member("since", slot.since).end_object();
  }
  out.end_array();
}

DomainLedger parse_domains(const json::Value& list) {
  DomainLedger domains;
  for (const json::Value& item : list.items()) {
    Domain domain;
    domain.name = item["domainName"].string_or("");
    domain.state_text = item["state"].string_or("");
    domain.state = parse_domain_state(domain.state_text);
    if (domain.state != DomainState::kOther) domain.state_text.clear();
    domain.adopted = item["origin"].string_or("") == "Adopted";
    // Earlier versions did not write this field. Their entries were all served, except those in state Reserved.
    domain.served_once = domain.state != DomainState::kReserved || item["servedOnce"].boolean_or(false);
    domain.former_certificate = CertificateId(item["formerCertificateId"].string_or(""));
    read_object(item["owner"], domain.owner, domain.owner_uid);
    domain.retain = item["deletionPolicy"].string_or("") == "Retain";
    domain.id = ConfigurationId(item["configurationId"].string_or(""));
    domain.since = item["since"].string_or("");
    domains.push_back(std::move(domain));
  }
  return domains;
}

void write_domains(json::Writer& out, const DomainLedger& domains) {
  out.key("domains").begin_array();
  for (const Domain& domain : domains) {
    out.begin_object().member("domainName", domain.name);
    out.member("state",
               domain.state == DomainState::kOther ? std::string_view(domain.state_text) : to_string(domain.state));
    out.member("origin", domain.adopted ? "Adopted" : "Created");
    write_object(out, "owner", domain.owner, domain.owner_uid);
    out.member("deletionPolicy", domain.retain ? "Retain" : "Delete");
    if (!domain.id.empty()) out.member("configurationId", domain.id.str());
    if (!domain.former_certificate.empty()) out.member("formerCertificateId", domain.former_certificate.str());
    if (domain.served_once) out.member("servedOnce", true);
    out.member("since", domain.since).end_object();
  }
  out.end_array();
}

}  // namespace resources
