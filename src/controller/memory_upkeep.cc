#include "controller/memory_upkeep.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/time_format.h"
#include "controller/refusals.h"
#include "kube/resource_version.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// Changes by another party count as a conflict only if they are found within this time.
constexpr base::Duration kUndoingsWindow = std::chrono::hours(1);

/// A problem that stays until the Secret changes; it does not depend on time, nor on a Secret that is still missing.
bool stands_with_the_secret(std::string_view reason) {
  const resources::ReasonRow* row = resources::find_reason(reason);
  return row != nullptr && row->about_content && row->reason != Reason::kSecretNotFound &&
         row->reason != Reason::kCertificateExpired && row->reason != Reason::kCertificateNotYetValid;
}

/// The result of the last check, from the status, if it is about the same spec and by the same rules: Secrets that have
/// not changed need not be read again after a restart.
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

/// What the platform rejected before a restart.
void recall_rejection(const ServerCertificate& object, InstanceMemory& memory) {
  const ServerCertificateStatus& status = object.status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  if (!status.last_error || !next || object.reconcile_token != status.last_handled_reconcile_at) return;
  const std::string& reason = status.last_error->reason;
  // After a rejected upload, the status still has the pending chain.
  const bool upload = reason == name_of(Reason::kUploadRejected) ||
                      (reason == name_of(Reason::kQuotaExceeded) && !status.pending_fingerprint.empty());
  (upload ? memory.rejections : memory.binding_rejections)[object.meta.uid] = {
      status.observed_generation, status.observed_secrets, *status.last_error, status.attempts, *next};
}

/// The result of the check of the Secret from before a restart, unless a user requests a new one.
void recall_reading(const ServerCertificate& object, InstanceMemory& memory) {
  const Uid& uid = object.meta.uid;
  const std::string& asked = object.reconcile_token;
  const bool anew = memory.tokens.contains(uid) && !asked.empty() && asked != object.status.last_handled_reconcile_at;
  if (memory.secrets.contains(uid) || anew) return;
  if (auto recorded = recorded_view(object)) memory.secrets[uid] = {object.meta.generation, std::move(*recorded)};
}

/// A change of the spec or an annotation requests another attempt.
void forget_delete_troubles(const Uid& uid, const Instance& instance, InstanceMemory& memory) {
  for (const Slot& slot : instance.status.slots.value_or(Ledger{})) {
    if (slot.owner_uid == uid) memory.delete_troubles.erase(slot.attempt);
  }
  for (const Domain& domain : instance.status.domains) {
    if (domain.owner_uid == uid) memory.domain_troubles.erase(domain.name);
  }
}

/// Annotations that request a reconciliation: everything about these objects is read again.
void grant_requests(const Present& now, InstanceMemory& memory) {
  std::vector<ReconcileRequests::Request> requests;
  for (const auto& object : now.world.certificates) {
    const meta::Metadata& meta = object->meta;
    const auto token = memory.tokens.find(meta.uid);
    const std::string& asked = object->reconcile_token;
    const bool handled =
        asked == object->status.last_handled_reconcile_at || (token != memory.tokens.end() && token->second == asked);
    if (!asked.empty() && !handled) requests.push_back({meta.uid, meta.name.ns});
  }
  memory.postponed.clear();
  if (requests.empty()) return;
  ReconcileRequests::Verdict verdict = memory.requests.judge(std::move(requests), now.boot);
  memory.postponed = std::move(verdict.waiting);
  for (const auto& object : now.world.certificates) {
    const Uid& uid = object->meta.uid;
    if (!verdict.granted.contains(uid)) continue;
    memory.tokens[uid] = object->reconcile_token;
    memory.secrets.erase(uid);
    // Tried again now. If it is rejected again, the next pause is still longer than the last one.
    for (auto* rejections : {&memory.rejections, &memory.binding_rejections}) {
      if (const auto it = rejections->find(uid); it != rejections->end()) it->second.next_attempt = now.system;
    }
    for (const Effect effect : {Effect::kRead, Effect::kFinalizer, Effect::kStatus}) {
      memory.object_troubles.erase({uid, effect});
    }
    if (now.world.instance) forget_delete_troubles(uid, *now.world.instance, memory);
  }
}

/// Notes since when each owner in the ledger is missing. An owner in a namespace without a watch is not missing.
void note_gone_owners(const Present& now, const Ledger& ledger, const std::function<bool(const std::string&)>& in_scope,
                      InstanceMemory& memory) {
  std::map<Uid, base::BootTime> gone;
  const auto note = [&](const Uid& uid, const kube::ObjectName& name) {
    if (uid.empty() || !in_scope(name.ns)) return;
    const bool there = std::any_of(now.world.certificates.begin(), now.world.certificates.end(),
                                   [&](const auto& object) { return object->meta.uid == uid; });
    if (there) return;
    const auto known = memory.gone_since.find(uid);
    gone[uid] = known == memory.gone_since.end() ? now.boot : known->second;
  };
  for (const Slot& slot : ledger) note(slot.owner_uid, slot.owner);
  for (const Domain& domain : now.world.instance->status.domains) {
    if (domain.is_used()) note(domain.owner_uid, domain.owner);
  }
  memory.gone_since = std::move(gone);
}

void tidy(const Present& now, const Ledger& ledger, InstanceMemory& memory) {
  const auto unknown_attempt = [&](const auto& entry) { return find_attempt(ledger, entry.first) == nullptr; };
  std::erase_if(memory.rights, unknown_attempt);
  std::erase_if(memory.outcomes, [&](const auto& entry) {
    const Slot* slot = find_attempt(ledger, entry.first);
    return slot == nullptr || !slot->open();
  });
  std::erase_if(memory.doubts, unknown_attempt);
  std::erase_if(memory.delete_troubles, unknown_attempt);
  std::erase_if(memory.domain_troubles, [&](const auto& entry) {
    return find_domain(now.world.instance->status.domains, entry.first) == nullptr;
  });
  std::erase_if(memory.vanished, [&](const auto& attempt) { return find_attempt(ledger, attempt) == nullptr; });
  std::erase_if(memory.bound, [&](const auto& entry) { return entry.second + now.timing.doubt_window() < now.boot; });
  const auto is_known = [&](const Uid& uid) {
    return std::any_of(now.world.certificates.begin(), now.world.certificates.end(),
                       [&](const auto& object) { return object->meta.uid == uid; });
  };
  const auto unknown_object = [&](const auto& entry) { return !is_known(entry.first); };
  std::erase_if(memory.allowances, unknown_object);
  std::erase_if(memory.refused_uploads,
                [&](const auto& entry) { return entry.second.tokens(now.boot) >= kRefusedBurst; });
  std::erase_if(memory.skewed, [&](const Uid& uid) { return !is_known(uid) && uid != memory.uid; });
  std::erase_if(memory.status_writes,
                [&](const auto& entry) { return !is_known(entry.first) && entry.first != memory.uid; });
  std::erase_if(memory.object_troubles, [&](const auto& entry) {
    const Uid& uid = entry.first.first;
    const bool owner = std::any_of(ledger.begin(), ledger.end(), [&](const Slot& s) { return s.owner_uid == uid; });
    return !owner && !is_known(uid) && uid != memory.uid;
  });
  std::erase_if(memory.secrets, unknown_object);
  std::erase_if(memory.secret_changes,
                [&](const auto& entry) { return entry.second.bucket.tokens(now.boot) >= kSecretBurst; });
  std::erase_if(memory.costly_checks, [&](const auto& entry) { return entry.second.tokens(now.boot) >= kCostlyBurst; });
  std::set<Uid> uids;
  for (const auto& object : now.world.certificates) uids.insert(object->meta.uid);
  for (Turns* turns : {&memory.read_turns, &memory.status_turns}) turns->keep(uids);
  std::erase_if(memory.rejections, unknown_object);
  std::erase_if(memory.binding_rejections, unknown_object);
  std::erase_if(memory.tokens, unknown_object);
  std::erase_if(memory.expiry_warned, unknown_object);
  // Kept longer if the current list is so old that it may still show what was deleted.
  const auto out_of_lists = [&](const auto& entry) {
    const base::BootTime end = entry.second + now.timing.settling;
    return end < now.boot && (!memory.inventory || end < memory.inventory->began);
  };
  std::erase_if(memory.tombstones, out_of_lists);
  std::erase_if(memory.domain_tombstones, out_of_lists);
}

/// Doubts and rights of domain configurations end by time, as those of uploads do.
void note_domains(const Present& now, InstanceMemory& memory) {
  const DomainLedger& domains = now.world.instance->status.domains;
  const auto is = [&](const std::string& name, DomainState state) {
    const Domain* entry = find_domain(domains, name);
    return entry != nullptr && entry->state == state;
  };
  const auto decided = [&](const auto& entry) { return !is(entry.first, DomainState::kReserved); };
  std::erase_if(memory.domain_rights, decided);
  std::erase_if(memory.domains_made, decided);
  // The one that was found may be another party's, and the request in doubt may still arrive.
  std::erase_if(memory.domain_doubts, [&](const auto& entry) {
    const bool open = now.boot < entry.second.first_seen + now.timing.doubt_window();
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
      memory.domain_doubts.try_emplace(entry.name, Doubt{now.boot, 0});
    const bool wished =
        std::any_of(now.world.certificates.begin(), now.world.certificates.end(), [&](const auto& object) {
          const bool wishes = object->domain && object->domain->name == entry.name;
          return object->meta.uid == entry.owner_uid && !object->meta.deleting && wishes;
        });
    if (wished) continue;
    const auto since = memory.domain_unwished.find(entry.name);
    still_unwished[entry.name] = since == memory.domain_unwished.end() ? now.boot : since->second;
  }
  memory.domain_unwished = std::move(still_unwished);
}

/// A change of the spec may solve the problem, so failed deletions are tried again.
void note_spec_changes(const Present& now, InstanceMemory& memory) {
  std::map<Uid, std::int64_t> generations;
  for (const auto& object : now.world.certificates) {
    const meta::Metadata& meta = object->meta;
    generations[meta.uid] = meta.generation;
    const auto before = memory.generations.find(meta.uid);
    if (before == memory.generations.end() || before->second == meta.generation) continue;
    forget_delete_troubles(meta.uid, *now.world.instance, memory);
  }
  memory.generations = std::move(generations);
}

void note_doubts(const Present& now, const Ledger& ledger, InstanceMemory& memory) {
  for (const Slot& slot : ledger) {
    if (!slot.open() && slot.state != SlotState::kPresumed && slot.state != SlotState::kRetained) {
      memory.doubts.erase(slot.attempt);
    } else if (!memory.rights.contains(slot.attempt)) {
      memory.doubts.try_emplace(slot.attempt, Doubt{now.boot, 0});
    }
  }
}

/// A resourceVersion that is older than an earlier one means that the store of the API server was restored.
void note_restored(const Present& now, const Ledger& ledger, InstanceMemory& memory) {
  const std::string& version = now.world.instance->meta.resource_version;
  if (version == memory.version) return;
  if (!memory.version.empty() && kube::newer(memory.version, version)) {
    memory.restored_since = now.boot;
  } else if (!memory.restored_since) {
    memory.remembered = ledger;
    memory.remembered_domains = now.world.instance->status.domains;
  }
  memory.version = version;
}

void recall_gate(const Present& now, InstanceMemory& memory) {
  const InstanceStatus& status = now.world.instance->status;
  const auto next = base::parse_rfc3339(status.next_attempt_time);
  if (!status.last_error || !next || status.observed_generation != now.world.instance->meta.generation) return;
  // A restart must not shorten the pause: access keys are locked after a few rejected signatures in a row.
  const resources::ReasonRow* row = resources::find_reason(status.last_error->reason);
  const Gate gate{row != nullptr ? row->reason : Reason::kPlatformUnavailable, *status.last_error,
                  now.boot + (*next - now.system), *next, 1};
  (about_adds(*status.last_error) ? memory.add_gate : memory.gate) = gate;
}

/// New credentials, or a request by annotation: what failed before may work now.
void note_ways_out(const Present& now, const PlatformAccess& access, InstanceMemory& memory) {
  const bool changed = !memory.access_revision.empty() && memory.access_revision != access.revision;
  const std::string& token = now.world.instance->reconcile_token;
  // Once for each token, so that what fails again has its pause again, even if no inventory could be taken.
  const bool pardon = look_is_wanted(*now.world.instance, memory) && token != memory.pardoned;
  if (pardon || changed) {
    memory.gate.reset();
    memory.add_gate.reset();
  }
  if (pardon) {
    memory.pardoned = token;
    memory.object_troubles.clear();
    memory.progress.wake();
    memory.delete_troubles.clear();
    memory.domain_troubles.clear();
    memory.undoings.clear();
    memory.domains_problem.reset();
  }
  std::erase_if(memory.undoings, [&](base::BootTime when) { return when + kUndoingsWindow < now.boot; });
  if (changed) memory.inventory_tried.reset();  // what failed before may work now, and vice versa
  memory.access_revision = access.revision;
}

}  // namespace

void keep_up(InstanceMemory& memory, const Present& now, const PlatformAccess& access,
             const std::function<bool(const std::string& ns)>& in_scope) {
  const std::shared_ptr<const Instance>& instance = now.world.instance;
  const Uid uid = instance ? instance->meta.uid : "";
  if (memory.uid != uid) {
    memory = InstanceMemory{};
    memory.uid = uid;
    memory.watched_since = now.boot;
    if (instance) recall_gate(now, memory);
  }
  grant_requests(now, memory);
  for (const auto& object : now.world.certificates) {
    recall_reading(*object, memory);
    if (!memory.generations.contains(object->meta.uid)) recall_rejection(*object, memory);
  }
  if (!instance) return;

  const Ledger& ledger = instance->status.slots ? *instance->status.slots : Ledger{};
  note_restored(now, ledger, memory);
  tidy(now, ledger, memory);
  note_spec_changes(now, memory);
  note_doubts(now, ledger, memory);
  note_domains(now, memory);
  note_gone_owners(now, ledger, in_scope, memory);
  const bool lost = planner::ledger_lost(instance.get(), now.world.certificates, [](const auto& o) { return o.get(); });
  if (!lost) memory.ledger_lost_since.reset();
  if (lost && !memory.ledger_lost_since) memory.ledger_lost_since = now.boot;
  note_ways_out(now, access, memory);
}

bool look_is_wanted(const Instance& instance, const InstanceMemory& memory) {
  const std::string& token = instance.reconcile_token;
  return !token.empty() && token != instance.status.last_handled_reconcile_at && token != memory.reconcile_token;
}

}  // namespace controller
