#include <algorithm>

#include "planner/planner.h"
#include "platform/id.h"

// A ledger that was lost, as in a restore that drops the status, or that went back in time with its store.
namespace planner {
namespace {

/// Proven, or the status records both its id and its chain, which the platform confirms.
bool belongs_to(const CertificateView& view, const PlatformCertificate& there) {
  if (there.fingerprint.empty()) return false;
  const ServerCertificateStatus& status = view.object->status;
  return view.secret.proves(there.fingerprint) ||
         (status.server_certificate_id == there.id && status.fingerprint == there.fingerprint);
}

}  // namespace

bool Planner::rebuilding() const {
  return ledger_lost(o_) || o_.restored_since.has_value();
}

/// What was being uploaded may still land, and is to be found by the list. So it is rebuilt from one that began later.
base::BootTime Planner::rebuilt_at() const {
  return (o_.restored_since ? *o_.restored_since : o_.ledger_lost_since.value_or(o_.boot_now)) +
         o_.timing.doubt_window();
}

Action Planner::rebuild() {
  if (!rebuilding() || !calls_) return {};
  if (o_.inventory_denied) return rebuild_as_told();
  if (!due(rebuilt_at())) return {};
  if (!o_.inventory || o_.inventory->began < rebuilt_at()) return offer(TakeInventory{});
  if (o_.awaited) return {};
  std::erase_if(ledger_, [](const Slot& slot) { return slot.state == SlotState::kLost; });
  recall_what_is_listed();
  // One that only went back knows all but what was uploaded since, which whoever may adopt finds by its chain.
  const bool lost = ledger_lost(o_);
  for (const std::size_t i : lost ? by_priority() : std::vector<std::size_t>()) {
    const CertificateView& view = o_.certificates[i];
    while (const PlatformCertificate* there = recognised(view)) {
      claim(view, there->id, there->fingerprint, view.secret.proves(there->fingerprint));
    }
  }
  return offer(WriteLedger{ledger_, domains_, {}, true});
}

/// A certificate of the object's that has no entry yet. Of one chain only one is taken for ours: the one that the
/// status records, else one that is served, else the oldest, which is listed last.
const PlatformCertificate* Planner::recognised(const CertificateView& view) const {
  const PlatformCertificate* best = nullptr;
  const auto rank = [&](const PlatformCertificate& there) {
    const bool served = o_.domains && o_.domains->serves(there.id);
    return view.object->status.server_certificate_id == there.id ? 2 : served ? 1 : 0;
  };
  for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
    const bool has = std::any_of(ledger_.begin(), ledger_.end(),
                                 [&](const Slot& slot) { return slot.fingerprint == there->fingerprint; });
    if (has || !belongs_to(view, *there)) continue;
    if (best == nullptr || rank(*there) >= rank(*best)) best = there;
  }
  return best;
}

/// Entries that this process has seen in the ledger before it went back, and that the platform still lists.
void Planner::recall_what_is_listed() {
  if (!o_.restored_since) return;
  for (const Slot& slot : o_.remembered) {
    if (find_attempt(ledger_, slot.attempt) != nullptr) continue;
    Slot recalled = slot;
    if (slot.open()) {
      const PlatformCertificate* landed = unclaimed(slot.fingerprint);
      if (landed == nullptr) continue;
      hold(recalled, landed->id, SlotState::kActive);
    }
    const auto& listed = o_.inventory->certificates;
    const bool there = std::any_of(listed.begin(), listed.end(), [&](const auto& c) { return c.id == recalled.id; });
    if (there && !recalled.id.empty() && find_id(ledger_, recalled.id) == nullptr) {
      ledger_.push_back(std::move(recalled));
    }
  }
  for (const Domain& domain : o_.remembered_domains) {
    const platform::DomainConfiguration* there = o_.domains ? o_.domains->find(domain.name) : nullptr;
    if (find_domain(domains_, domain.name) != nullptr) continue;
    Domain recalled = domain;
    const bool made = there != nullptr && domain.state == DomainState::kReserved &&
                      find_id(ledger_, there->server_certificate_id) != nullptr;
    if (made) {
      recalled.id = there->id;
      enter(recalled, DomainState::kActive);
    }
    if (!recalled.is_used() || (there != nullptr && there->id == recalled.id)) domains_.push_back(std::move(recalled));
  }
}

/// Without permission to list, a person says what is there. The entry in the place of the ledger is what the answer is
/// about, so that one that was left in Git settles no later loss.
Action Planner::rebuild_as_told() {
  if (o_.restored_since && !ledger_lost(o_)) {
    // Of what this process remembers nothing is certain, but nothing of it must be uploaded a second time.
    for (const Slot& slot : o_.remembered) {
      if (find_attempt(ledger_, slot.attempt) == nullptr && find_id(ledger_, slot.id) == nullptr)
        ledger_.push_back(slot);
    }
    return offer(WriteLedger{ledger_, domains_, {}, true});
  }
  const auto lost =
      std::find_if(ledger_.begin(), ledger_.end(), [](const Slot& s) { return s.state == SlotState::kLost; });
  if (lost == ledger_.end()) {
    Slot marker;
    marker.attempt = o_.fresh_attempts.at(used_attempts_++);
    enter(marker, SlotState::kLost);
    ledger_.push_back(std::move(marker));
    return offer(WriteLedger{ledger_, domains_, {}, true});
  }
  const std::string& told = o_.instance->resolve_upload;
  const bool recorded = told == lost->attempt + "=recorded";
  if (!recorded && told != lost->attempt + "=absent") return {};
  if (!due(rebuilt_at())) return {};
  ledger_.erase(lost);
  for (const CertificateView& view : o_.certificates) {
    const ServerCertificateStatus& status = view.object->status;
    const bool usable = platform::is_usable_id(status.server_certificate_id) && !status.fingerprint.empty();
    if (recorded && usable && find_id(ledger_, status.server_certificate_id) == nullptr) {
      claim(view, status.server_certificate_id, status.fingerprint, /*proven=*/true);  // by the person's word
    }
  }
  return offer(WriteLedger{ledger_, domains_, {}, true});
}

void Planner::claim(const CertificateView& view, const std::string& id, const std::string& fingerprint, bool proven) {
  Slot slot;
  slot.attempt = o_.fresh_attempts.at(used_attempts_++);
  give_to(slot, *view.object);
  slot.fingerprint = fingerprint;
  slot.id = id;
  slot.recorded_only = !proven;
  enter(slot, SlotState::kActive);
  ledger_.push_back(std::move(slot));
  if (proven) recover_domain(view, id);
}

Problem Planner::ledger_is_lost() const {
  const std::string name = "IoTDAInstance " + o_.instance_name;
  if (o_.inventory_denied) {
    const auto lost =
        std::find_if(ledger_.begin(), ledger_.end(), [](const Slot& s) { return s.state == SlotState::kLost; });
    const std::string attempt = lost == ledger_.end() ? "<attempt>" : lost->attempt;
    return {"LedgerLost", "status.slots of " + name +
                              " is lost, and the credentials may not list certificates to rebuild it; grant "
                              "iotda:servercertificate:queryList, or set the annotation " +
                              std::string(kResolveAnnotation) + ": " + attempt + "=recorded on " + name +
                              " if the certificates that the statuses record are on the platform, " + attempt +
                              "=absent if none is"};
  }
  return {"Progressing", "status.slots of " + name + (o_.restored_since ? " went back to an older state" : " is lost") +
                             "; it is rebuilt from the platform's list after " + time_text(rebuilt_at()) +
                             ", when no earlier upload can arrive any more"};
}

}  // namespace planner
