#include "base/backoff.h"
#include "base/invariant.h"
#include "base/text.h"
#include "controller/executor.h"
#include "controller/refusals.h"
#include "planner/assessment.h"

namespace controller {
namespace {

constexpr base::Backoff::Policy kDeletePause{std::chrono::minutes(1), std::chrono::hours(1)};

}  // namespace

Step Executor::operator()(const BeginDelete& action) {
  const Slot& entry = *slot(action.attempt);
  switch (action.room ? room_verdict(entry, *action.room) : live_verdict(entry)) {
    case Verdict::kUnknown:
      return Step::kFailed;
    case Verdict::kKeep:
      return Step::kDone;  // the store has what the live read found, so the next plan differs
    case Verdict::kRelease:
      break;
  }
  const Slot& decided = base::must(find_attempt(action.ledger, action.attempt), "the decision is about an entry");
  if (!unbound(decided)) return Step::kDone;
  const DomainLedger& domains = o_.instance->status.domains;
  if (write_instance(instance_status(o_, action.ledger, domains)) == Step::kFailed) return Step::kFailed;
  const bool lent = action.room && decided.owner_uid != action.room->uid;
  const ServerCertificate* lender = lent ? certificate(decided.owner_uid) : nullptr;
  if (lender != nullptr && ledger_is(action.ledger, domains)) {
    publish(*lender, true, "SlotLent", "Rotate", planner::lent_to(decided.reserved_for).message);
  }
  return Step::kDone;
}

/// Breaking what is served, to make room for its own successor: asked for by the strategy, or no loss any more.
bool Executor::may_break(const Slot& entry) const {
  if (entry.reserved_for_uid.empty() || entry.reserved_for_uid != entry.owner_uid) return false;
  const ServerCertificate* owner = certificate(entry.owner_uid);
  return owner != nullptr && planner::may_break(*owner, entry, ports_.clock.system_now());
}

/// Caches can be old. Nothing is released before the API server itself says that its owner is gone, is being deleted,
/// or has its new certificate.
Executor::Verdict Executor::live_verdict(const Slot& entry) {
  const ServerCertificate* owner = certificate(entry.owner_uid);
  auto live = ports_.api.get(kServerCertificates, entry.owner, stop_);
  if (!live.ok()) {
    if (live.error().code == kube::Error::Code::kNotFound) {
      if (owner == nullptr || owner->meta.deleting) return Verdict::kRelease;
      ports_.store.deleted_certificate(entry.owner, entry.owner_uid);  // it may come back, so it is waited for
      return Verdict::kKeep;
    }
    return unknown(entry.owner, entry.owner_uid, live.error());
  }
  ServerCertificate object = parse_server_certificate(live->root());
  const bool heir = !object.meta.deleting && object.instance == o_.instance_name;
  if (owner == nullptr && object.meta.uid != entry.owner_uid && !heir) return Verdict::kRelease;
  if (owner == nullptr || object.meta.uid != entry.owner_uid) {
    // Unknown so far, or made anew under its name: with it in the store, the next plan hands the entry over.
    ports_.store.watched(std::move(object));
    return Verdict::kKeep;
  }
  Verdict verdict = Verdict::kKeep;
  if (object.meta.deleting) {
    if (!object.retain && !object.suspend) verdict = Verdict::kRelease;
  } else if (!object.suspend) {
    verdict = superseded(entry, object);
  }
  ports_.store.wrote(std::move(object));
  return verdict;
}

/// Whether the Secret, as it is now, is good and asks for another chain, and the owner has that or a newer one than
/// this.
Executor::Verdict Executor::superseded(const Slot& entry, const ServerCertificate& live) {
  auto reading = read_now(live);
  if (!reading.ok()) return unknown(live.meta.name, live.meta.uid, reading.error());
  const SecretView& view = reading->view;
  const Ledger& ledger = *o_.instance->status.slots;
  if (!view.problem && view.facts && view.facts->fingerprint != entry.fingerprint) {
    const Slot* newest = planner::held_slot(ledger, entry.owner_uid, "");
    const bool newer_held = newest != nullptr && newest->attempt != entry.attempt;
    if (newer_held || planner::held_slot(ledger, entry.owner_uid, view.facts->fingerprint) != nullptr)
      return Verdict::kRelease;
  }
  memory_.secrets.erase(live.meta.uid);  // what the plan knew is old
  return Verdict::kKeep;
}

/// Whether a certificate that is still of use may go, for a rotation: that is still wanted with a good Secret, and so
/// is the certificate of a lender, which must come back.
Executor::Verdict Executor::room_verdict(const Slot& entry, const MakeRoom& room) {
  const Verdict rotating = still_wants(room.uid, room.fingerprint);
  if (rotating != Verdict::kRelease || entry.owner_uid == room.uid) return rotating;
  return still_wants(entry.owner_uid, entry.fingerprint);
}

/// kRelease: as the API server has them now, the object is at work and its Secret holds this chain, fit to be added.
Executor::Verdict Executor::still_wants(const std::string& uid, const std::string& fingerprint) {
  const ServerCertificate* seen = certificate(uid);
  if (seen == nullptr) return Verdict::kKeep;
  auto live = ports_.api.get(kServerCertificates, seen->meta.name, stop_);
  if (!live.ok()) {
    if (live.error().code == kube::Error::Code::kNotFound) {
      ports_.store.deleted_certificate(seen->meta.name, uid);
      return Verdict::kKeep;
    }
    return unknown(seen->meta.name, uid, live.error());
  }
  ServerCertificate object = parse_server_certificate(live->root());
  const bool same = object.meta.uid == uid && object.meta.generation == seen->meta.generation &&
                    object.meta.deleting == seen->meta.deleting;
  if (same) {
    auto reading = read_now(object);
    if (!reading.ok()) return unknown(object.meta.name, uid, reading.error());
    const CertificateView view{std::make_shared<ServerCertificate>(object), reading->view, {}};
    const certificate::Facts* facts = wanted(view, o_.now);
    if (facts != nullptr && facts->fingerprint == fingerprint) return Verdict::kRelease;
    memory_.secrets.erase(uid);  // what the plan knew is old
  }
  ports_.store.watched(std::move(object));
  return Verdict::kKeep;
}

/// kRelease: as the API server has it now, the object is the one that the plan was about, and at work.
Executor::Verdict Executor::still_there(const std::string& uid) {
  const ServerCertificate* seen = certificate(uid);
  if (seen == nullptr) return Verdict::kKeep;
  auto live = ports_.api.get(kServerCertificates, seen->meta.name, stop_);
  if (!live.ok()) {
    if (live.error().code != kube::Error::Code::kNotFound) return unknown(seen->meta.name, uid, live.error());
    ports_.store.deleted_certificate(seen->meta.name, uid);
    return Verdict::kKeep;
  }
  ServerCertificate object = parse_server_certificate(live->root());
  const bool same = object.meta.uid == uid && object.meta.generation == seen->meta.generation &&
                    object.meta.deleting == seen->meta.deleting;
  if (same) return Verdict::kRelease;
  ports_.store.watched(std::move(object));
  return Verdict::kKeep;
}

/// An owner that cannot be read keeps what it has; the trouble is its own, unless the API server is out of reach.
Executor::Verdict Executor::unknown(const kube::ObjectName& name, const std::string& uid, const kube::Error& error) {
  return owner_failed(name, uid, error) == Step::kFailed ? Verdict::kUnknown : Verdict::kKeep;
}

/// No domain configuration serves it; where its owner breaks before it makes, none of another object.
bool Executor::unbound(const Slot& entry) {
  const bool breaks = may_break(entry);
  auto domains = access_.platform->list_domain_configurations(stop_);
  if (!domains.ok()) {
    const iotda::Error& error = domains.error();
    if (error.code == iotda::Error::Code::kNotFound) return true;  // an edition without custom domains
    if (lacks_permission(error)) {
      if (breaks) return true;
      deletion_failed(entry.attempt, "cannot determine whether a domain configuration serves " + entry.id +
                                         "; grant iotda:domainconfiguration:queryList");
    } else {
      shut_gate(error);
    }
    return false;
  }
  for (const iotda::DomainConfiguration& domain : *domains) {
    if (domain.server_certificate_id != entry.id) continue;
    const Domain* known = find_used_domain(o_.instance->status.domains, base::host_key(domain.domain_name));
    const bool of_another = known != nullptr && known->owner_uid != entry.owner_uid;
    if (!breaks || of_another) {
      // If it is ours, it is to be pointed at another one: it was changed by others, or the list lags.
      if (memory_.domains) memory_.domains->outdated = true;
      deletion_failed(entry.attempt, "domain configuration " + domain.id + " (" + domain.domain_name + ") serves " +
                                         entry.id + "; set another certificate in it, or delete it");
      return false;
    }
  }
  return true;
}

void Executor::deletion_failed(const std::string& key, std::string message) {
  Trouble& trouble = memory_.delete_troubles[key];
  ++trouble.failures;
  trouble.message = std::move(message);
  trouble.next_attempt = ports_.clock.boot_now() + base::backoff_delay(kDeletePause, trouble.failures);
}

Step Executor::operator()(const Delete& action) {
  const Slot entry = *slot(action.attempt);
  if (!unbound(entry)) return Step::kDone;
  auto removed = access_.platform->remove(
      entry.id, [&] { return ports_.leadership.leading(); }, stop_);
  if (!removed.ok() && removed.error().code != iotda::Error::Code::kNotFound) {
    const iotda::Error& error = removed.error();
    if (error.code == iotda::Error::Code::kRejected) {
      deletion_failed(entry.attempt,
                      with_request_id("the platform rejected the deletion of " + entry.id + ": " + error.message,
                                      error.request_id));
    } else if (lacks_permission(error)) {
      deletion_failed(
          entry.attempt,
          "the credentials have no permission to delete certificates; grant iotda:servercertificate:delete");
    } else {
      shut_gate(error);
    }
    return Step::kDone;
  }
  open_gate();
  memory_.tombstones[entry.id] = ports_.clock.boot_now();
  memory_.delete_troubles.erase(entry.attempt);
  // There is room for another one now.
  std::erase_if(memory_.rejections, [](const auto& of) { return of.second.about_quota(); });
  if (const ServerCertificate* object = certificate(entry.owner_uid)) {
    const bool rotated = !object->meta.deleting && entry.reserved_for_uid.empty();
    publish(*object, false, rotated ? "Rotated" : "Deleted", "Delete",
            (rotated ? "replaced; deleted the old certificate " : "deleted certificate ") + entry.id);
  }
  Observation after = o_;  // whose list still shows what is gone, which is nobody else's certificate
  after.tombstones[entry.id] = ports_.clock.boot_now();
  return write_instance(instance_status(after, action.ledger, o_.instance->status.domains));
}

}  // namespace controller
