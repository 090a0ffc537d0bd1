#include "planner/settle_uploads.h"

#include <algorithm>

#include "planner/rebuild_ledger.h"
#include "platform/id.h"

namespace planner {
namespace {

enum class Fate { kKeep, kFree };

/// The inventory has a certificate that can be the one of the entry, because its chain cannot be read.
bool may_be_listed(const Draft& d, const Slot& slot) {
  const auto foreign = foreign_certificates(d.o, d.ledger);
  return std::any_of(foreign.begin(), foreign.end(), [&](const PlatformCertificate* there) {
    return there->awaited || likeness(d.o, slot, *there) != Likeness::kOther;
  });
}

/// The certificate of the entry in the inventory, by likeness(); null if there is none.
const PlatformCertificate* found_for(const Draft& d, const Slot& slot) {
  for (const PlatformCertificate* there : foreign_certificates(d.o, d.ledger)) {
    if (!there->awaited && likeness(d.o, slot, *there) == Likeness::kSame) return there;
  }
  return nullptr;
}

/// The decision of a user about an upload in doubt, once the upload can no longer arrive.
std::optional<Fate> as_told(Draft& d, Slot& slot) {
  const std::string& told = d.o.instance->resolve_upload;
  const auto doubt = d.o.doubts.find(slot.attempt);
  if (!told.starts_with(slot.attempt.str() + "=") || doubt == d.o.doubts.end()) return std::nullopt;
  if (!d.due(doubt->second.first_seen + d.o.timing.doubt_window())) return std::nullopt;
  const CertificateId id(told.substr(slot.attempt.str().size() + 1));
  if (id == "absent") return Fate::kFree;
  if (!platform::is_usable_id(id.view()) || find_id(d.ledger, id) != nullptr) return std::nullopt;
  slot.uploaded(id, d.now_text());
  return Fate::kKeep;
}

Fate settle_entry(Draft& d, Slot& slot) {
  // An administrator confirms that the operator manages a certificate that is known from a status only.
  if (slot.recorded_only && d.o.instance->resolve_upload == slot.attempt.str() + "=" + slot.id.str()) slot.vouch();
  const auto doubt = d.o.doubts.find(slot.attempt);
  if (slot.state == SlotState::kPresumed) {
    if (doubt != d.o.doubts.end() && d.due(doubt->second.first_seen + d.o.timing.doubt_window())) {
      slot.confirm(d.now_text());
    }
    return Fate::kKeep;
  }
  if (!slot.open()) return Fate::kKeep;
  if (const auto right = d.o.rights.find(slot.attempt); right != d.o.rights.end()) {
    // Not sent. Once the right expires, it will never be sent.
    return d.due(right->second) ? Fate::kFree : Fate::kKeep;
  }
  if (const auto outcome = d.o.outcomes.find(slot.attempt); outcome != d.o.outcomes.end()) {
    switch (outcome->second.kind) {
      case AddOutcome::Kind::kAdded:
        slot.uploaded(outcome->second.id, d.now_text());
        return Fate::kKeep;
      case AddOutcome::Kind::kNotAdded:
        return Fate::kFree;
      case AddOutcome::Kind::kUnknown:
        if (slot.state == SlotState::kReserved) slot.doubt(d.now_text());
        break;
    }
  }
  if (const auto fate = as_told(d, slot)) return *fate;
  if (doubt == d.o.doubts.end() || !d.o.inventory) return Fate::kKeep;
  if (const PlatformCertificate* found = found_for(d, slot)) {
    slot.presume(found->id, d.now_text());
    return Fate::kKeep;
  }
  // Two lists did not show it, and the last one began when the upload could no longer arrive.
  const bool out_of_time = d.o.inventory->began >= doubt->second.first_seen + d.o.timing.doubt_window();
  return out_of_time && doubt->second.misses >= 2 && !may_be_listed(d, slot) ? Fate::kFree : Fate::kKeep;
}

/// The entry of a retained certificate that was deleted on the platform: it is missing in a list that began late enough
/// after the entry was first seen. Or an entry that a user wants to remove by annotation.
bool forgotten(const Draft& d, const Slot& slot) {
  const bool asked = !slot.attempt.empty() && slot.attempt == d.o.instance->forget_slot;
  if (asked && (slot.state == SlotState::kRetained || slot.state == SlotState::kDeleting)) return true;
  if (slot.state != SlotState::kRetained || !d.o.inventory) return false;
  const auto seen = d.o.doubts.find(slot.attempt);
  if (seen == d.o.doubts.end() || d.o.inventory->began < seen->second.first_seen + d.o.timing.settling) return false;
  const auto& there = d.o.inventory->certificates;
  return std::none_of(there.begin(), there.end(), [&](const PlatformCertificate& c) { return c.id == slot.id; });
}

/// Drift: another party deleted the certificate, so the platform does not know its id. Not while the ledger is rebuilt:
/// a ledger that went back can lack the certificate that replaced it.
bool vanished(const Draft& d, const Slot& slot) {
  return slot.held() && d.o.vanished.contains(slot.attempt) && !rebuilding(d);
}

/// Keeps a freed slot for the object that it was promised to: the rotation that it was freed for, even if one upload
/// fails, or the object that lent it. If another party deleted the certificate, the owner keeps the slot unless it has
/// another one. False: the slot is not kept.
bool keep_place(const Draft& d, Slot& slot, bool has_another) {
  const CertificateView* keeper = nullptr;
  if (slot.promised()) {
    keeper = d.view_of(slot.reserved_for_uid);
  } else if (vanished(d, slot) && !has_another) {
    keeper = d.view_of(slot.owner_uid);
  }
  if (keeper == nullptr || keeper->object->meta.deleting) return false;
  slot.keep_for(keeper->object->meta.name, keeper->object->meta.uid, d.now_text());
  return true;
}

}  // namespace

Action settle_uploads(Draft& d) {
  std::vector<bool> freed;
  for (Slot& slot : d.ledger)
    freed.push_back(settle_entry(d, slot) == Fate::kFree || forgotten(d, slot) || vanished(d, slot));
  const auto holds = [&](const Uid& uid) {
    for (std::size_t i = 0; i < d.ledger.size(); ++i) {
      if (!freed[i] && d.ledger[i].held() && d.ledger[i].owner_uid == uid) return true;
    }
    return false;
  };
  Ledger rest;
  for (std::size_t i = 0; i < d.ledger.size(); ++i) {
    Slot slot = d.ledger[i];
    if (!freed[i] || keep_place(d, slot, holds(slot.owner_uid))) rest.push_back(std::move(slot));
  }
  d.ledger = std::move(rest);
  return d.written_if_changed();
}

}  // namespace planner
