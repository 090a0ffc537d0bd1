#include "operator/observer.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/random.h"
#include "base/time_format.h"
#include "operator/assessment.h"

namespace controller {
namespace {

/// Changes by others that are found twice in this time are no accident.
constexpr base::Duration kUndoingsWindow = std::chrono::hours(1);
constexpr std::size_t kUndoingsOfAConflict = 2;

/// Problems that are facts about the content of a Secret, so that they stand as long as its version does.
bool about_content(const std::string& reason) {
  static constexpr std::array<std::string_view, 9> reasons{
      "InvalidCertificate", "InvalidPrivateKey", "KeyMismatch",    "ChainInvalid",        "TooLarge",
      "PasswordInvalid",    "SecretKeyMissing",  "DomainMismatch", "TemporaryCertificate"};
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

/// The verdict that the status records, if it is about the same spec and by the same rules: after a restart, Secrets
/// that did not change need not be read again.
std::optional<SecretView> recorded_view(const ServerCertificate& object) {
  const ServerCertificateStatus& status = object.status;
  if (status.observed_generation != object.meta.generation || status.observed_secrets.empty() ||
      status.validator_version != certificate::kValidatorVersion) {
    return std::nullopt;
  }
  SecretView view;
  view.versions = status.observed_secrets;
  const Condition* ready = find(status.conditions, kReady);
  if (!status.pending_fingerprint.empty()) {
    certificate::Facts facts;
    facts.fingerprint = status.pending_fingerprint;
    const auto expiry = base::parse_rfc3339(status.pending_expiry);
    if (!expiry) return std::nullopt;
    facts.not_after = *expiry;
    view.facts = std::move(facts);
  } else if (ready != nullptr && ready->status) {
    const auto effective = base::parse_rfc3339(status.effective_date);
    const auto expiry = base::parse_rfc3339(status.expiry_date);
    if (!effective || !expiry) return std::nullopt;
    view.facts =
        certificate::Facts{status.fingerprint, status.common_name, status.owner, status.issuer, *effective, *expiry};
  } else if (ready != nullptr && about_content(ready->reason)) {
    std::string message = ready->message;
    const std::string note = stays_note(status.server_certificate_id);
    if (message.ends_with(note)) message.resize(message.size() - note.size());
    view.problem = Problem{ready->reason, std::move(message)};
  } else {
    return std::nullopt;
  }
  return view;
}

bool is_current(const SecretView& view, const ServerCertificate& object, const Store& store) {
  if (view.versions.empty() || view.versions.front().name != object.secret) return false;
  return std::all_of(view.versions.begin(), view.versions.end(), [&](const SecretVersion& seen) {
    const SecretRecord record = store.secret({object.meta.name.ns, seen.name});
    switch (record.state) {
      case SecretRecord::State::kUnseen:
        return false;
      case SecretRecord::State::kAbsent:
        return seen.resource_version.empty();
      case SecretRecord::State::kPresent:
        return seen.uid == record.uid && seen.resource_version == record.resource_version;
    }
    return false;
  });
}

CertificateView view_of(const std::shared_ptr<const ServerCertificate>& object, const Store& store,
                        InstanceMemory& memory) {
  const std::string& uid = object->meta.uid;
  CertificateView view{object, {}, {}};

  // A token that was set by hand: look at everything anew.
  const auto token = memory.tokens.find(uid);
  const std::string& asked = object->meta.reconcile_token;
  if (!asked.empty() && asked != object->status.last_handled_reconcile_at &&
      (token == memory.tokens.end() || asked != token->second)) {
    memory.secrets.erase(uid);
    memory.rejections.erase(uid);
    memory.delete_troubles.clear();
    memory.tokens[uid] = asked;
  } else if (!memory.secrets.contains(uid)) {
    if (auto recorded = recorded_view(*object)) memory.secrets[uid] = {object->meta.generation, std::move(*recorded)};
  }
  if (const auto it = memory.secrets.find(uid); it != memory.secrets.end()) {
    view.secret = it->second.view;
    view.secret.current = it->second.generation == object->meta.generation && is_current(view.secret, *object, store);
  }

  const ServerCertificateStatus& status = object->status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  if (const auto it = memory.rejections.find(uid); it != memory.rejections.end()) {
    view.rejection = it->second;
  } else if (status.last_error && next && asked == status.last_handled_reconcile_at) {
    view.rejection =
        Rejection{status.observed_generation, status.observed_secrets, *status.last_error, status.attempts, *next};
  }
  return view;
}

/// Notes when each owner in the ledger was found to be gone. Out of scope is not gone.
void note_gone_owners(const Observation& o, const Ledger& ledger,
                      const std::function<bool(const std::string&)>& in_scope, InstanceMemory& memory) {
  std::map<std::string, base::BootTime> gone;
  const auto note = [&](const std::string& uid, const kube::ObjectName& name) {
    if (uid.empty() || !in_scope(name.ns)) return;
    const bool there = std::any_of(o.certificates.begin(), o.certificates.end(),
                                   [&](const CertificateView& view) { return view.object->meta.uid == uid; });
    if (there) return;
    const auto known = memory.gone_since.find(uid);
    gone[uid] = known == memory.gone_since.end() ? o.boot_now : known->second;
  };
  for (const Slot& slot : ledger) note(slot.owner_uid, slot.owner);
  for (const Domain& domain : o.instance->status.domains) note(domain.owner_uid, domain.owner);
  memory.gone_since = std::move(gone);
}

void tidy(const Observation& o, const Ledger& ledger, InstanceMemory& memory) {
  const auto unknown_attempt = [&](const auto& entry) { return find_attempt(ledger, entry.first) == nullptr; };
  std::erase_if(memory.rights, unknown_attempt);
  std::erase_if(memory.outcomes, [&](const auto& entry) {
    const Slot* slot = find_attempt(ledger, entry.first);
    return slot == nullptr || !slot->open();
  });
  std::erase_if(memory.doubts, unknown_attempt);
  std::erase_if(memory.delete_troubles, [&](const auto& entry) {
    return unknown_attempt(entry) && find_domain(o.instance->status.domains, entry.first) == nullptr;
  });
  std::erase_if(memory.vanished, [&](const auto& attempt) { return find_attempt(ledger, attempt) == nullptr; });
  std::erase_if(memory.bound, [&](const auto& entry) { return entry.second + o.timing.doubt_window() < o.boot_now; });
  const auto unknown_object = [&](const auto& entry) {
    return std::none_of(o.certificates.begin(), o.certificates.end(),
                        [&](const CertificateView& view) { return view.object->meta.uid == entry.first; });
  };
  std::erase_if(memory.secrets, unknown_object);
  std::erase_if(memory.rejections, unknown_object);
  std::erase_if(memory.tokens, unknown_object);
  std::erase_if(memory.expiry_warned, unknown_object);
  // A list from before it has run out stays in use until there is a newer one.
  std::erase_if(memory.tombstones, [&](const auto& entry) {
    const base::BootTime end = entry.second + o.timing.settling;
    return end < o.boot_now && (!memory.inventory || end < memory.inventory->began);
  });
}

void note_doubts(const Observation& o, const Ledger& ledger, InstanceMemory& memory) {
  for (const Slot& slot : ledger) {
    if (!slot.open() && slot.state != SlotState::kPresumed && slot.state != SlotState::kRetained) {
      memory.doubts.erase(slot.attempt);
    } else if (!memory.rights.contains(slot.attempt)) {
      memory.doubts.try_emplace(slot.attempt, Doubt{o.boot_now, 0});
    }
  }
}

void recall_gate(const Observation& o, InstanceMemory& memory) {
  const InstanceStatus& status = o.instance->status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  if (!status.last_error || !next || status.observed_generation != o.instance->meta.generation) return;
  // A restart must not shorten the pause: access keys are locked after a few refused signatures in a row.
  memory.gate = Gate{status.last_error->reason, *status.last_error, o.boot_now + (*next - o.now), *next, 1};
}

}  // namespace

Observation observe(const std::string& instance, const Store& store, const PlatformAccess& access,
                    InstanceMemory& memory, const Timing& timing, base::Clock& clock,
                    const std::function<bool(const std::string& ns)>& in_scope) {
  Observation o;
  o.now = clock.system_now();
  o.boot_now = clock.boot_now();
  o.timing = timing;
  o.instance_name = instance;
  const Store::Snapshot snapshot = store.snapshot(instance);
  o.instance = snapshot.instance;
  o.duplicate_of = snapshot.duplicate_of;
  const std::string uid = o.instance ? o.instance->meta.uid : "";
  if (memory.uid != uid) {
    memory = InstanceMemory{};
    memory.uid = uid;
    memory.watched_since = o.boot_now;
    if (o.instance) recall_gate(o, memory);
  }
  for (const auto& object : snapshot.certificates) o.certificates.push_back(view_of(object, store, memory));
  if (!o.instance) return o;

  const Ledger& ledger = o.instance->status.slots ? *o.instance->status.slots : Ledger{};
  tidy(o, ledger, memory);
  note_doubts(o, ledger, memory);
  note_gone_owners(o, ledger, in_scope, memory);
  if (!ledger_lost(o)) {
    memory.ledger_lost_since.reset();
  } else if (!memory.ledger_lost_since) {
    memory.ledger_lost_since = o.boot_now;
  }
  o.ledger_lost_since = memory.ledger_lost_since;

  const std::string& token = o.instance->meta.reconcile_token;
  const bool asked =
      !token.empty() && token != o.instance->status.last_handled_reconcile_at && token != memory.reconcile_token;
  const bool changed = !memory.access_revision.empty() && memory.access_revision != access.revision;
  if (asked || changed) memory.gate.reset();
  if (asked) {
    memory.delete_troubles.clear();
    memory.undoings.clear();
    memory.domains_problem.reset();
  }
  std::erase_if(memory.undoings, [&](base::BootTime when) { return when + kUndoingsWindow < o.boot_now; });
  if (changed) memory.inventory_tried.reset();  // what failed before may work now, and the other way round
  memory.access_revision = access.revision;

  o.signing = access.signing;
  o.credentials_problem = access.problem;
  o.gate = memory.gate;
  o.inventory = memory.inventory;
  o.inventory_tried = memory.inventory_tried;
  o.inventory_denied = memory.inventory_denied;
  o.inventory_wanted = asked;
  o.vanished = memory.vanished;
  o.management_conflict = memory.undoings.size() >= kUndoingsOfAConflict;
  o.domains = memory.domains;
  o.domains_problem = memory.domains_problem;
  o.known = memory.known;
  for (const auto& [id, when] : memory.tombstones) o.tombstones.insert(id);
  o.rights = memory.rights;
  o.outcomes = memory.outcomes;
  o.doubts = memory.doubts;
  o.delete_troubles = memory.delete_troubles;
  o.gone_since = memory.gone_since;
  o.watched_since = memory.watched_since;
  o.bound = memory.bound;
  const std::size_t adds = std::min(o.certificates.size(), kMaxSlots);
  for (std::size_t i = 0; i < adds; ++i) o.fresh_attempts.push_back(base::random_hex(8));
  return o;
}

}  // namespace controller
