#include "planner/rebuild_ledger.h"

#include <algorithm>

#include "planner/domain_claims.h"
#include "platform/id.h"

namespace planner {
namespace {

/// The domain ledger was lost too. A configuration that serves a recovered certificate belongs to the operator.
void recover_domain(Draft& d, const CertificateView& view, const CertificateId& certificate_id) {
  const DomainSpec* wish = wish_of(&view);
  if (wish == nullptr || !d.o.domains || find_used_domain(d.domains, wish->name) != nullptr) return;
  if (!may_claim(d, view, wish->name)) return;
  const platform::DomainConfiguration* there = d.o.domains->find(wish->name);
  if (there == nullptr || there->server_certificate_id != certificate_id) return;
  put_domain(d.domains, Domain::recover(wish->name, owner_of(*view.object), there->id, d.now_text()));
}

/// The Secret has its chain, or the status of the object has both its id and its chain.
bool belongs_to(const CertificateView& view, const PlatformCertificate& there) {
  if (there.fingerprint.empty()) return false;
  const ServerCertificateStatus& status = view.object->status;
  return view.secret.proves(there.fingerprint) ||
         (status.server_certificate_id == there.id && status.fingerprint == there.fingerprint);
}

/// Uploads that were in progress can still arrive, and the list must show them. So the ledger is rebuilt from a list
/// that began after this time.
base::BootTime rebuilt_at(const Draft& d) {
  return (d.o.restored_since ? *d.o.restored_since : d.o.ledger_lost_since.value_or(d.o.boot_now)) +
         d.o.timing.doubt_window();
}

/// A certificate of the object that has no entry yet; null if there is none. Of several with the same chain, only one
/// is recovered: the one in the status, otherwise one that is served, otherwise the oldest, which is listed last.
const PlatformCertificate* recognised(const Draft& d, const CertificateView& view) {
  const PlatformCertificate* best = nullptr;
  const auto rank = [&](const PlatformCertificate& there) {
    const bool served = d.o.domains && d.o.domains->serves(there.id);
    return view.object->status.server_certificate_id == there.id ? 2 : served ? 1 : 0;
  };
  for (const PlatformCertificate* there : foreign_certificates(d.o, d.ledger)) {
    const bool has = std::any_of(d.ledger.begin(), d.ledger.end(),
                                 [&](const Slot& slot) { return slot.fingerprint == there->fingerprint; });
    if (has || !belongs_to(view, *there)) continue;
    if (best == nullptr || rank(*there) >= rank(*best)) best = there;
  }
  return best;
}

/// Restores entries that this process saw in the ledger before it went back, and that the platform still lists.
void recall_what_is_listed(Draft& d) {
  if (!d.o.restored_since) return;
  for (const Slot& slot : d.o.remembered) {
    if (find_attempt(d.ledger, slot.attempt) != nullptr) continue;
    Slot recalled = slot;
    if (slot.open()) {
      const PlatformCertificate* landed = d.unclaimed(slot.fingerprint);
      if (landed == nullptr) continue;
      recalled.uploaded(landed->id, d.now_text());
    }
    const auto& listed = d.o.inventory->certificates;
    const bool there = std::any_of(listed.begin(), listed.end(), [&](const auto& c) { return c.id == recalled.id; });
    if (there && !recalled.id.empty() && find_id(d.ledger, recalled.id) == nullptr) {
      d.ledger.push_back(std::move(recalled));
    }
  }
  for (const Domain& domain : d.o.remembered_domains) {
    const platform::DomainConfiguration* there = d.o.domains ? d.o.domains->find(domain.name) : nullptr;
    if (find_domain(d.domains, domain.name) != nullptr) continue;
    Domain recalled = domain;
    const bool made = there != nullptr && domain.state == DomainState::kReserved &&
                      find_id(d.ledger, there->server_certificate_id) != nullptr;
    if (made) recalled.made(there->id, d.now_text());
    // A create that was intended can still arrive, so it is in doubt from now on.
    const bool intended = recalled.state == DomainState::kReserved;
    const bool listed = there != nullptr && there->id == recalled.id;
    if (intended || !recalled.is_used() || listed) d.domains.push_back(std::move(recalled));
  }
}

void claim(Draft& d, const CertificateView& view, const CertificateId& id, const Fingerprint& fingerprint,
           bool proven) {
  d.ledger.push_back(Slot::recover(d.fresh_attempt(), owner_of(*view.object), fingerprint, id, proven, d.now_text()));
  if (proven) recover_domain(d, view, id);
}

/// Without permission to list, a user tells by annotation what the platform has. The answer names the attempt of the
/// Lost entry, so an annotation that stays in Git has no effect on a later loss.
Action rebuild_as_told(Draft& d) {
  if (d.o.restored_since && !ledger_lost(d.o)) {
    // The remembered entries may be out of date, but they prevent a second upload of their chains.
    for (const Slot& slot : d.o.remembered) {
      if (find_attempt(d.ledger, slot.attempt) == nullptr && find_id(d.ledger, slot.id) == nullptr)
        d.ledger.push_back(slot);
    }
    return d.offer(WriteLedger{d.ledger, d.domains, {}, true});
  }
  const auto lost =
      std::find_if(d.ledger.begin(), d.ledger.end(), [](const Slot& s) { return s.state == SlotState::kLost; });
  if (lost == d.ledger.end()) {
    d.ledger.push_back(Slot::lost(d.fresh_attempt(), d.now_text()));
    return d.offer(WriteLedger{d.ledger, d.domains, {}, true});
  }
  const std::string& told = d.o.instance->resolve_upload;
  const bool recorded = told == lost->attempt.str() + "=recorded";
  if (!recorded && told != lost->attempt.str() + "=absent") return {};
  if (!d.due(rebuilt_at(d))) return {};
  d.ledger.erase(lost);
  for (const CertificateView& view : d.o.certificates) {
    const ServerCertificateStatus& status = view.object->status;
    const bool usable = platform::is_usable_id(status.server_certificate_id.view()) && !status.fingerprint.empty();
    if (recorded && usable && find_id(d.ledger, status.server_certificate_id) == nullptr) {
      claim(d, view, status.server_certificate_id, status.fingerprint, /*proven=*/true);  // the user confirmed it
    }
  }
  return d.offer(WriteLedger{d.ledger, d.domains, {}, true});
}

}  // namespace

bool rebuilding(const Draft& d) {
  return ledger_lost(d.o) || d.o.restored_since.has_value();
}

Action rebuild_ledger(Draft& d) {
  if (!rebuilding(d) || !d.calls) return {};
  if (d.o.inventory_denied) return rebuild_as_told(d);
  if (!d.due(rebuilt_at(d))) return {};
  if (!d.o.inventory || d.o.inventory->began < rebuilt_at(d)) return d.offer(TakeInventory{});
  if (d.o.awaited) return {};
  std::erase_if(d.ledger, [](const Slot& slot) { return slot.state == SlotState::kLost; });
  recall_what_is_listed(d);
  // A ledger that went back lacks only later uploads. Objects that can adopt find those by their chains.
  const bool lost = ledger_lost(d.o);
  for (const std::size_t i : lost ? d.by_priority() : std::vector<std::size_t>()) {
    const CertificateView& view = d.o.certificates[i];
    while (const PlatformCertificate* there = recognised(d, view)) {
      claim(d, view, there->id, there->fingerprint, view.secret.proves(there->fingerprint));
    }
  }
  return d.offer(WriteLedger{d.ledger, d.domains, {}, true});
}

Problem ledger_is_lost(const Draft& d) {
  const std::string name = "IoTDAInstance " + d.o.instance_name;
  if (d.o.inventory_denied) {
    const auto lost =
        std::find_if(d.ledger.begin(), d.ledger.end(), [](const Slot& s) { return s.state == SlotState::kLost; });
    const Attempt attempt = lost == d.ledger.end() ? "<attempt>" : lost->attempt;
    return {Reason::kLedgerLost, "status.slots of " + name +
                                     " was lost, and the credentials have no permission to list certificates to "
                                     "rebuild it; grant iotda:servercertificate:queryList, or check in the console "
                                     "and run: " +
                                     annotate_command(d.o, kResolveAnnotation, attempt.str() + "=recorded") +
                                     " if the certificates in the statuses of the ServerCertificates are on the "
                                     "platform, or the same command with " +
                                     attempt.str() + "=absent if none of them is"};
  }
  return {Reason::kProgressing, "status.slots of " + name +
                                    (d.o.restored_since ? " went back to an older state" : " was lost") +
                                    "; the operator rebuilds it from the list of the platform after " +
                                    d.time_text(rebuilt_at(d)) + ", when no earlier upload can still arrive"};
}

}  // namespace planner
