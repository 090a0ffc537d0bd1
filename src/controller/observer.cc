#include "controller/observer.h"

#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/time_format.h"
#include "controller/refusals.h"
#include "kube/resource_version.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// Changes by others that are found twice in this time are no accident.
constexpr base::Duration kUndoingsWindow = std::chrono::hours(1);
constexpr std::size_t kUndoingsOfAConflict = 2;

/// A verdict that changes only with the Secret: not with time, nor because a Secret is still to come.
bool stands_with_the_secret(std::string_view reason) {
  const resources::ReasonRow* row = resources::find_reason(reason);
  return row != nullptr && row->about_content && row->reason != Reason::kSecretNotFound &&
         row->reason != Reason::kCertificateExpired && row->reason != Reason::kCertificateNotYetValid;
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
  view.recorded = true;
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
  } else if (ready != nullptr && stands_with_the_secret(ready->reason)) {
    view.problem = Problem{resources::find_reason(ready->reason)->reason, ready->message};
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

/// The object wants another try, by a change of its spec or by annotation.
void forget_delete_troubles(const std::string& uid, const Instance& instance, InstanceMemory& memory) {
  for (const Slot& slot : instance.status.slots.value_or(Ledger{})) {
    if (slot.owner_uid == uid) memory.delete_troubles.erase(slot.attempt);
  }
  for (const Domain& domain : instance.status.domains) {
    if (domain.owner_uid == uid) memory.delete_troubles.erase(domain.name);
  }
}

/// Tokens that were set by hand: everything about these objects is looked at anew.
void grant_requests(Observation& o, const Store::Snapshot& snapshot, InstanceMemory& memory) {
  std::vector<ReconcileRequests::Request> requests;
  for (const auto& object : snapshot.certificates) {
    const meta::Metadata& meta = object->meta;
    const auto token = memory.tokens.find(meta.uid);
    const std::string& asked = object->reconcile_token;
    const bool handled =
        asked == object->status.last_handled_reconcile_at || (token != memory.tokens.end() && token->second == asked);
    if (!asked.empty() && !handled) requests.push_back({meta.uid, meta.name.ns});
  }
  if (requests.empty()) return;
  ReconcileRequests::Verdict verdict = memory.requests.judge(std::move(requests), o.boot_now);
  o.postponed = std::move(verdict.waiting);
  for (const auto& object : snapshot.certificates) {
    const std::string& uid = object->meta.uid;
    if (!verdict.granted.contains(uid)) continue;
    memory.tokens[uid] = object->reconcile_token;
    memory.secrets.erase(uid);
    // Tried again now; if that is refused too, the pause goes on to grow.
    for (auto* rejections : {&memory.rejections, &memory.binding_rejections}) {
      if (const auto it = rejections->find(uid); it != rejections->end()) it->second.next_attempt = o.now;
    }
    for (const Effect effect : {Effect::kRead, Effect::kFinalizer, Effect::kStatus}) {
      memory.object_troubles.erase({uid, effect});
    }
    if (o.instance) forget_delete_troubles(uid, *o.instance, memory);
  }
}

CertificateView view_of(const std::shared_ptr<const ServerCertificate>& object, const Store& store,
                        InstanceMemory& memory) {
  const std::string& uid = object->meta.uid;
  CertificateView view{object, {}, {}};
  const std::string& asked = object->reconcile_token;
  const bool anew = !memory.secrets.contains(uid) && memory.tokens.contains(uid) && !asked.empty() &&
                    asked != object->status.last_handled_reconcile_at;
  if (!anew && !memory.secrets.contains(uid)) {
    if (auto recorded = recorded_view(*object)) memory.secrets[uid] = {object->meta.generation, std::move(*recorded)};
  }
  if (const auto it = memory.secrets.find(uid); it != memory.secrets.end()) {
    view.secret = it->second.view;
    view.secret.current = it->second.generation == object->meta.generation && is_current(view.secret, *object, store);
  }

  const ServerCertificateStatus& status = object->status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  // Of before a restart.
  const bool first = !memory.generations.contains(uid);
  if (first && status.last_error && next && asked == status.last_handled_reconcile_at) {
    const std::string& reason = status.last_error->reason;
    // What refuses an upload leaves it pending.
    const bool upload = reason == name_of(Reason::kUploadRejected) ||
                        (reason == name_of(Reason::kQuotaExceeded) && !status.pending_fingerprint.empty());
    (upload ? memory.rejections : memory.binding_rejections)[uid] = {
        status.observed_generation, status.observed_secrets, *status.last_error, status.attempts, *next};
  }
  const auto known = [&](const auto& rejections, std::optional<Rejection>& rejection) {
    if (const auto it = rejections.find(uid); it != rejections.end()) rejection = it->second;
  };
  known(memory.rejections, view.rejection);
  known(memory.binding_rejections, view.binding_rejection);
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
  for (const Domain& domain : o.instance->status.domains) {
    if (domain.is_used()) note(domain.owner_uid, domain.owner);
  }
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
  const auto is_known = [&](const std::string& uid) {
    return std::any_of(o.certificates.begin(), o.certificates.end(),
                       [&](const CertificateView& view) { return view.object->meta.uid == uid; });
  };
  const auto unknown_object = [&](const auto& entry) { return !is_known(entry.first); };
  std::erase_if(memory.allowances, unknown_object);
  std::erase_if(memory.refused_uploads,
                [&](const auto& entry) { return entry.second.tokens(o.boot_now) >= kRefusedBurst; });
  std::erase_if(memory.skewed, [&](const std::string& uid) { return !is_known(uid) && uid != memory.uid; });
  std::erase_if(memory.status_writes,
                [&](const auto& entry) { return !is_known(entry.first) && entry.first != memory.uid; });
  std::erase_if(memory.object_troubles, [&](const auto& entry) {
    const std::string& uid = entry.first.first;
    const bool owner = std::any_of(ledger.begin(), ledger.end(), [&](const Slot& s) { return s.owner_uid == uid; });
    return !owner && !is_known(uid) && uid != memory.uid;
  });
  std::erase_if(memory.secrets, unknown_object);
  std::erase_if(memory.secret_changes,
                [&](const auto& entry) { return entry.second.bucket.tokens(o.boot_now) >= kSecretBurst; });
  std::erase_if(memory.costly_checks,
                [&](const auto& entry) { return entry.second.tokens(o.boot_now) >= kCostlyBurst; });
  std::set<std::string> uids;
  for (const CertificateView& view : o.certificates) uids.insert(view.object->meta.uid);
  for (Turns* turns : {&memory.read_turns, &memory.status_turns}) turns->keep(uids);
  std::erase_if(memory.rejections, unknown_object);
  std::erase_if(memory.binding_rejections, unknown_object);
  std::erase_if(memory.tokens, unknown_object);
  std::erase_if(memory.expiry_warned, unknown_object);
  // A list from before it has run out stays in use until there is a newer one.
  std::erase_if(memory.tombstones, [&](const auto& entry) {
    const base::BootTime end = entry.second + o.timing.settling;
    return end < o.boot_now && (!memory.inventory || end < memory.inventory->began);
  });
}

/// Whose Secrets wait for a while, so that reading them keeps nobody else waiting.
void note_later_reads(Observation& o, const InstanceMemory& memory) {
  for (const CertificateView& view : o.certificates) {
    if (view.secret.current) continue;
    const ServerCertificate& object = *view.object;
    std::optional<base::BootTime> next;
    if (memory.reading_time >= kReadingTime) next = o.boot_now + std::chrono::milliseconds(50);
    const auto changes = memory.secret_changes.find({object.meta.name.ns, object.secret});
    if (changes != memory.secret_changes.end()) next = std::max(next, changes->second.bucket.next(o.boot_now));
    const auto checks = memory.costly_checks.find(object.meta.name.ns);
    const auto paid = checks == memory.costly_checks.end() ? std::nullopt : checks->second.next(o.boot_now, 0);
    next = std::max(next, paid);
    if (next) o.read_later[object.meta.uid] = {*next, paid.has_value()};
  }
}

/// Domain configurations have a clock as certificates have.
void note_domains(const Observation& o, InstanceMemory& memory) {
  const DomainLedger& domains = o.instance->status.domains;
  const auto is = [&](const std::string& name, DomainState state) {
    const Domain* entry = find_domain(domains, name);
    return entry != nullptr && entry->state == state;
  };
  const auto decided = [&](const auto& entry) { return !is(entry.first, DomainState::kReserved); };
  std::erase_if(memory.domain_rights, decided);
  std::erase_if(memory.domains_made, decided);
  // One that was found in doubt may have been made by somebody else, and ours is still to come.
  std::erase_if(memory.domain_doubts, [&](const auto& entry) {
    const bool open = o.boot_now < entry.second.first_seen + o.timing.doubt_window();
    return decided(entry) && !(open && is(entry.first, DomainState::kActive));
  });
  std::erase_if(memory.domains_refused, [&](const auto& name) { return !is(name, DomainState::kReserved); });
  std::erase_if(memory.domains_gone, [&](const auto& name) { return !is(name, DomainState::kActive); });
  std::map<std::string, base::BootTime> still_unwished;
  for (const Domain& entry : domains) {
    if (!entry.is_used()) continue;
    const bool known = memory.domain_rights.contains(entry.name) || memory.domains_made.contains(entry.name) ||
                       memory.domains_refused.contains(entry.name);
    if (entry.state == DomainState::kReserved && !known)
      memory.domain_doubts.try_emplace(entry.name, Doubt{o.boot_now, 0});
    const bool wished = std::any_of(o.certificates.begin(), o.certificates.end(), [&](const CertificateView& view) {
      const ServerCertificate& object = *view.object;
      const bool wishes = object.domain && object.domain->name == entry.name;
      return object.meta.uid == entry.owner_uid && !object.meta.deleting && wishes;
    });
    if (wished) continue;
    const auto since = memory.domain_unwished.find(entry.name);
    still_unwished[entry.name] = since == memory.domain_unwished.end() ? o.boot_now : since->second;
  }
  memory.domain_unwished = std::move(still_unwished);
}

/// Adds go one after the other, and the right to send the last one must not have ended before its turn.
std::size_t sendable(const InstanceMemory& memory, const Timing& timing) {
  if (!memory.add_time) return planner::kSendableAtFirst;
  const auto fit = timing.send_window / 2 / std::max<base::Duration>(*memory.add_time, std::chrono::milliseconds(10));
  return static_cast<std::size_t>(std::clamp<std::int64_t>(fit, 1, resources::kMaxSlots));
}

/// A change of the spec may be the way out, so what rested because of the old one is tried again.
void note_spec_changes(const Observation& o, InstanceMemory& memory) {
  std::map<std::string, std::int64_t> generations;
  for (const CertificateView& view : o.certificates) {
    const meta::Metadata& meta = view.object->meta;
    generations[meta.uid] = meta.generation;
    const auto before = memory.generations.find(meta.uid);
    if (before == memory.generations.end() || before->second == meta.generation) continue;
    forget_delete_troubles(meta.uid, *o.instance, memory);
  }
  memory.generations = std::move(generations);
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

/// A resourceVersion that is older than one that was seen before: the API server's store was restored.
void note_restored(const Observation& o, const Ledger& ledger, InstanceMemory& memory) {
  const std::string& version = o.instance->meta.resource_version;
  if (version == memory.version) return;
  if (!memory.version.empty() && kube::newer(memory.version, version)) {
    memory.restored_since = o.boot_now;
  } else if (!memory.restored_since) {
    memory.remembered = ledger;
    memory.remembered_domains = o.instance->status.domains;
  }
  memory.version = version;
}

void recall_gate(const Observation& o, InstanceMemory& memory) {
  const InstanceStatus& status = o.instance->status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  if (!status.last_error || !next || status.observed_generation != o.instance->meta.generation) return;
  // A restart must not shorten the pause: access keys are locked after a few refused signatures in a row.
  const resources::ReasonRow* row = resources::find_reason(status.last_error->reason);
  const Gate gate{row != nullptr ? row->reason : Reason::kPlatformUnavailable, *status.last_error,
                  o.boot_now + (*next - o.now), *next, 1};
  (about_adds(*status.last_error) ? memory.add_gate : memory.gate) = gate;
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
  grant_requests(o, snapshot, memory);
  std::map<std::string, bool> allowed;
  for (const auto& object : snapshot.certificates) {
    o.certificates.push_back(view_of(object, store, memory));
    const std::string& ns = object->meta.name.ns;
    const auto [known, first] = allowed.try_emplace(ns, true);
    if (first && o.instance) known->second = o.instance->allowed.allows(ns, store.labels_of(ns));
    o.certificates.back().allowed = known->second;
  }
  note_later_reads(o, memory);
  if (!o.instance) {
    o.object_troubles = memory.object_troubles;
    o.resting = memory.progress.resting(o.boot_now);
    return o;
  }

  const Ledger& ledger = o.instance->status.slots ? *o.instance->status.slots : Ledger{};
  note_restored(o, ledger, memory);
  tidy(o, ledger, memory);
  note_spec_changes(o, memory);
  note_doubts(o, ledger, memory);
  note_domains(o, memory);
  note_gone_owners(o, ledger, in_scope, memory);
  if (!ledger_lost(o)) {
    memory.ledger_lost_since.reset();
  } else if (!memory.ledger_lost_since) {
    memory.ledger_lost_since = o.boot_now;
  }
  o.ledger_lost_since = memory.ledger_lost_since;
  o.restored_since = memory.restored_since;
  if (o.restored_since) {
    o.remembered = memory.remembered;
    o.remembered_domains = memory.remembered_domains;
  }

  const std::string& token = o.instance->reconcile_token;
  const bool asked =
      !token.empty() && token != o.instance->status.last_handled_reconcile_at && token != memory.reconcile_token;
  const bool changed = !memory.access_revision.empty() && memory.access_revision != access.revision;
  // Once for each token: what fails again after that has its pause again, before the platform is listed, too.
  const bool pardon = asked && token != memory.pardoned;
  if (pardon || changed) {
    memory.gate.reset();
    memory.add_gate.reset();
  }
  if (pardon) {
    memory.pardoned = token;
    memory.object_troubles.clear();
    memory.progress.wake();
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
  o.add_gate = memory.add_gate;
  o.inventory = memory.inventory;
  o.inventory_tried = memory.inventory_tried;
  o.inventory_denied = memory.inventory_denied;
  o.inventory_wanted = asked;
  o.awaited = memory.awaited;
  o.vanished = memory.vanished;
  o.management_conflict = memory.undoings.size() >= kUndoingsOfAConflict;
  o.domains = memory.domains;
  o.domains_problem = memory.domains_problem;
  if (o.domains) {
    // What was removed is not there any more, whatever a list that lags shows.
    std::erase_if(o.domains->configurations, [&](const auto& there) { return memory.tombstones.contains(there.id); });
  }
  o.known = memory.known;
  o.unshown = memory.unshown;
  for (const auto& [id, when] : memory.tombstones) o.tombstones.insert(id);
  o.rights = memory.rights;
  o.outcomes = memory.outcomes;
  o.doubts = memory.doubts;
  o.delete_troubles = memory.delete_troubles;
  o.gone_since = memory.gone_since;
  o.watched_since = memory.watched_since;
  o.bound = memory.bound;
  o.sendable = sendable(memory, timing);
  o.object_troubles = memory.object_troubles;
  o.domain_rights = memory.domain_rights;
  o.domains_made = memory.domains_made;
  o.domains_refused = memory.domains_refused;
  o.domain_doubts = memory.domain_doubts;
  o.domains_gone = memory.domains_gone;
  o.domain_unwished = memory.domain_unwished;
  for (const CertificateView& view : o.certificates) {
    if (!view.secret.facts) continue;
    std::optional<base::BootTime> next;
    if (const auto own = memory.allowances.find(view.object->meta.uid); own != memory.allowances.end()) {
      next = own->second.next(view.secret.versions, view.secret.facts->fingerprint, o.boot_now);
    }
    // Whoever is at its end with one object makes another one.
    if (const auto all = memory.refused_uploads.find(view.object->meta.name.ns); all != memory.refused_uploads.end()) {
      next = std::max(next, all->second.next(o.boot_now));
    }
    if (next) o.damped[view.object->meta.uid] = *next;
  }
  o.skewed = !memory.skewed.empty();
  // A rebuild may find as many as there are slots.
  const bool lost = ledger_lost(o) || o.restored_since;
  const std::size_t adds = lost ? resources::kMaxSlots : std::min(o.certificates.size(), resources::kMaxSlots);
  for (std::size_t i = 0; i < adds; ++i) o.fresh_attempts.push_back(base::random_hex(8));
  o.resting = memory.progress.resting(o.boot_now);
  return o;
}

}  // namespace controller
