#include "controller/confirmations.h"

#include <memory>
#include <utility>

#include "controller/api_failures.h"
#include "controller/live_reads.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// The Secret has another chain now and is usable, and the owner has that chain or a newer one than this on the
/// platform.
Objection confirm_superseded(Round& r, const Slot& entry, const ServerCertificate& live) {
  auto reading = read_secrets_now(r, live);
  if (!reading.ok()) return owner_failed(r, live.meta.name, live.meta.uid, reading.error());
  const SecretView& view = reading->view;
  const Ledger& ledger = *r.o.instance->status.slots;
  if (!view.problem && view.facts && view.facts->fingerprint != entry.fingerprint) {
    const Slot* newest = planner::held_slot(ledger, entry.owner_uid, "");
    const bool newer_held = newest != nullptr && newest->attempt != entry.attempt;
    if (newer_held || planner::held_slot(ledger, entry.owner_uid, view.facts->fingerprint) != nullptr) return {};
  }
  r.memory.secrets.erase(live.meta.uid);  // what the plan knew is old
  return Step::kDone;
}

}  // namespace

Objection confirm_release(Round& r, const Slot& entry) {
  const ServerCertificate* owner = r.certificate(entry.owner_uid);
  auto live = read_owner(r, entry.owner, entry.owner_uid);
  if (!live.ok()) return live.error();
  if (!live->object) {
    if (owner == nullptr || owner->meta.deleting) return {};
    r.store.deleted_certificate(entry.owner, entry.owner_uid);  // it can be created again, so the entry is kept a while
    return Step::kDone;
  }
  ServerCertificate& object = *live->object;
  const bool heir = !object.meta.deleting && object.instance == r.o.instance_name;
  if (owner == nullptr && !live->same && !heir) return {};
  if (owner == nullptr || !live->same) {
    // Not observed so far, or created again with the same name: the next plan changes the owner of the entry.
    r.store.watched(std::move(object));
    return Step::kDone;
  }
  Objection objection = Step::kDone;
  if (object.meta.deleting) {
    if (!object.retain && !object.suspend) objection.reset();
  } else if (!object.suspend) {
    objection = confirm_superseded(r, entry, object);
  }
  r.store.wrote(std::move(object));
  return objection;
}

Objection confirm_room(Round& r, const Slot& entry, const MakeRoom& room) {
  const Objection objection = confirm_owner(r, room.uid, room.fingerprint);
  if (objection || entry.owner_uid == room.uid) return objection;
  return confirm_owner(r, entry.owner_uid, entry.fingerprint);
}

Objection confirm_owner(Round& r, const Uid& uid, const std::optional<Fingerprint>& chain) {
  const ServerCertificate* seen = r.certificate(uid);
  if (seen == nullptr) return Step::kDone;
  auto live = read_owner(r, seen->meta.name, uid);
  if (!live.ok()) return live.error();
  if (!live->object) {
    r.store.deleted_certificate(seen->meta.name, uid);
    return Step::kDone;
  }
  ServerCertificate& object = *live->object;
  if (live->same && live->unchanged) {
    if (!chain) return {};
    auto reading = read_secrets_now(r, object);
    if (!reading.ok()) return owner_failed(r, object.meta.name, uid, reading.error());
    const CertificateView view{std::make_shared<ServerCertificate>(object), reading->view, {}};
    const certificate::Facts* facts = wanted(view, r.o.now);
    if (facts != nullptr && facts->fingerprint == *chain) return {};
    r.memory.secrets.erase(uid);  // what the plan knew is old
  }
  r.store.watched(std::move(object));
  return Step::kDone;
}

Objection confirm_given_up(Round& r, const Domain& entry) {
  auto live = read_owner(r, entry.owner, entry.owner_uid);
  if (!live.ok()) return live.error();
  if (!live->same || !live->wishes(entry.name)) return {};
  r.store.watched(std::move(*live->object));
  return Step::kDone;
}

Objection confirm_unwished(Round& r, const Domain& entry) {
  auto live = read_owner(r, entry.owner, entry.owner_uid);
  if (!live.ok()) return live.error();
  if (!live->object) return {};
  ServerCertificate& object = *live->object;
  // A wish that the plan saw, it has taken into account.
  const bool wished = live->wishes(entry.name) && !live->unchanged;
  const bool kept = live->same && (object.suspend || (object.meta.deleting && object.retain));
  if (!wished && !kept) return {};
  r.store.watched(std::move(object));
  return Step::kDone;
}

}  // namespace controller
