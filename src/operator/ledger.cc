#include "operator/ledger.h"

#include <algorithm>
#include <array>
#include <utility>

namespace controller {
namespace {

constexpr std::array<std::pair<SlotState, std::string_view>, 6> kNames{{
    {SlotState::kReserved, "Reserved"},
    {SlotState::kInDoubt, "InDoubt"},
    {SlotState::kPresumed, "Presumed"},
    {SlotState::kActive, "Active"},
    {SlotState::kDeleting, "Deleting"},
    {SlotState::kRetained, "Retained"},
}};

SlotState parse_state(std::string_view text) {
  for (const auto& [state, name] : kNames) {
    if (name == text) return state;
  }
  return SlotState::kOther;
}

}  // namespace

std::string_view to_string(SlotState state) {
  for (const auto& [s, name] : kNames) {
    if (s == state) return name;
  }
  return "Other";
}

Slot* find_attempt(Ledger& ledger, std::string_view attempt) {
  const auto it = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& s) { return s.attempt == attempt; });
  return it == ledger.end() ? nullptr : &*it;
}

const Slot* find_attempt(const Ledger& ledger, std::string_view attempt) {
  return find_attempt(const_cast<Ledger&>(ledger), attempt);
}

const Slot* find_id(const Ledger& ledger, std::string_view id) {
  const auto it = std::find_if(ledger.begin(), ledger.end(), [&](const Slot& s) { return !id.empty() && s.id == id; });
  return it == ledger.end() ? nullptr : &*it;
}

Ledger parse_ledger(const json::Value& slots) {
  Ledger ledger;
  for (const json::Value& item : slots.items()) {
    Slot slot;
    slot.attempt = item["attempt"].string_or("");
    slot.state_text = item["state"].string_or("");
    slot.state = parse_state(slot.state_text);
    if (slot.state != SlotState::kOther) slot.state_text.clear();
    slot.adopted = item["origin"].string_or("") == "Adopted";
    slot.owner = {item.path("owner.namespace").string_or(""), item.path("owner.name").string_or("")};
    slot.owner_uid = item.path("owner.uid").string_or("");
    slot.retain = item["deletionPolicy"].string_or("") == "Retain";
    slot.fingerprint = item["fingerprint"].string_or("");
    slot.id = item["serverCertificateId"].string_or("");
    slot.since = item["since"].string_or("");
    ledger.push_back(std::move(slot));
  }
  return ledger;
}

void write_ledger(json::Writer& out, const Ledger& ledger) {
  out.key("slots").begin_array();
  for (const Slot& slot : ledger) {
    out.begin_object().member("attempt", slot.attempt);
    out.member("state", slot.state == SlotState::kOther ? std::string_view(slot.state_text) : to_string(slot.state));
    out.member("origin", slot.adopted ? "Adopted" : "Created");
    out.key("owner").begin_object();
    out.member("namespace", slot.owner.ns).member("name", slot.owner.name).member("uid", slot.owner_uid).end_object();
    out.member("deletionPolicy", slot.retain ? "Retain" : "Delete").member("fingerprint", slot.fingerprint);
    if (!slot.id.empty()) out.member("serverCertificateId", slot.id);
    out.member("since", slot.since).end_object();
  }
  out.end_array();
}

}  // namespace controller
