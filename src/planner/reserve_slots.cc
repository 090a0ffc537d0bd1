#include "planner/reserve_slots.h"

#include <algorithm>
#include <set>

#include "planner/domain_claims.h"
#include "planner/make_room.h"
#include "planner/upload_obstacles.h"

namespace planner {
namespace {

bool needs_finalizer(const CertificateView& view) {
  return !view.object->meta.has_finalizer(kCertificateFinalizer);
}

/// A free slot that is kept for the object.
const Slot* earmark_of(const Ledger& ledger, const Uid& uid) {
  const auto it = std::find_if(ledger.begin(), ledger.end(),
                               [&](const Slot& s) { return s.state == SlotState::kEarmarked && s.owner_uid == uid; });
  return it == ledger.end() ? nullptr : &*it;
}

/// A certificate on the platform without an entry and without a readable chain, which can be the one to upload.
const PlatformCertificate* unreadable_twin(const Draft& d, const certificate::Facts& facts) {
  for (const PlatformCertificate* there : foreign_certificates(d.o, d.ledger)) {
    if (!there->fingerprint.empty()) continue;
    const Likeness like = likeness(facts, *there);
    if (like == Likeness::kSame || (there->awaited && like == Likeness::kUnknown)) return there;
  }
  return nullptr;
}

/// Whether the domain is another's must be known before a slot is used for an object that wants one.
bool domains_are_known(const Draft& d, const std::vector<const CertificateView*>& chosen) {
  if (d.o.domains || d.o.domains_problem) return true;
  return std::none_of(chosen.begin(), chosen.end(),
                      [](const CertificateView* view) { return view->object->domain.has_value(); });
}

/// It is known from a status only, or its deletion has failed more than once, for example because the domain of another
/// object serves it. So BreakBeforeMake uses a free slot if there is one.
bool cannot_be_deleted(const Draft& d, const Slot& old) {
  const auto trouble = d.o.delete_troubles.find(old.attempt);
  return old.recorded_only || (trouble != d.o.delete_troubles.end() && trouble->second.failures > 1);
}

}  // namespace

Action reserve_slots(Draft& d) {
  std::vector<const CertificateView*> chosen;
  std::vector<std::pair<const CertificateView*, const PlatformCertificate*>> adopted;
  std::set<Fingerprint> taken;
  // While the platform rejects all uploads, one is enough to find out whether it accepts them again.
  std::size_t places = d.o.add_gate ? 1 : d.o.sendable;
  Claims claims = domain_claims(d);
  int free = d.o.instance->quota - static_cast<int>(d.ledger.size() + foreign_certificates(d.o, d.ledger).size());
  for (const std::size_t i : d.by_priority()) {
    const CertificateView& view = d.o.certificates[i];
    const certificate::Facts* facts = wanted(view, d.o.now);
    if (facts == nullptr || held_slot(d.ledger, view.object->meta.uid, facts->fingerprint) != nullptr) continue;
    const PlatformCertificate* there = d.unclaimed(facts->fingerprint);
    d.blocked[i] = obstacle(d, view, *facts, taken);
    if (!d.blocked[i] && there == nullptr) d.blocked[i] = upload_obstacle(d, view);
    if (d.blocked[i]) {
      // The platform reported that the quota is reached. The current inventory shows which certificates use it.
      if (d.blocked[i]->reason == Reason::kQuotaExceeded && free <= 0) d.blocked[i] = no_slot(d, view);
      continue;
    }
    if (there != nullptr && !view.object->adopt) {
      d.blocked[i] =
          Problem{Reason::kDuplicateCertificate,
                  "the platform already has this certificate chain as " + there->id.str() +
                      ", which the operator does not manage; set spec.adoptionPolicy to IfMatching to take it over, "
                      "or delete it on the platform"};
      continue;
    }
    const PlatformCertificate* alike = there == nullptr ? unreadable_twin(d, *facts) : nullptr;
    if (alike != nullptr && alike->awaited) {
      d.blocked[i] = Problem{Reason::kProgressing, "waiting for the platform to show certificate " + alike->id.str() +
                                                       ", which may have the same certificate chain"};
      continue;
    }
    if (alike != nullptr) {
      d.blocked[i] =
          Problem{Reason::kDuplicateCertificate,
                  "the platform has certificate " + alike->id.str() +
                      " with the same common name and dates, but does not show its content; delete it on the "
                      "platform if it is not needed"};
      continue;
    }
    // Check the quota of domain configurations before a slot is used.
    const bool newcomer = there == nullptr && !d.has_place(view.object->meta.uid);
    if (newcomer && view.object->domain) d.blocked[i] = domain_obstacle(d, view, *view.object->domain, claims);
    if (d.blocked[i]) continue;
    const Slot* old = held_slot(d.ledger, view.object->meta.uid, "");
    // If the platform has more certificates than slots, as after other parties have uploaded some, a rotation cannot
    // free a slot.
    const bool overfull = free < 0;
    const bool kept = !overfull && earmark_of(d.ledger, view.object->meta.uid) != nullptr;
    // The platform can reach its quota before the operator counts so many: other certificates may not be listed, or the
    // quota is lower than in spec.
    const Rejection* refusal = view.refusal();
    const bool told_full =
        refusal != nullptr && refusal->about_quota() && old != nullptr && d.o.now < refusal->next_attempt;
    const bool full = !kept && (free <= 0 || told_full || d.ledger.size() + chosen.size() >= kMaxSlots);
    const bool break_first =
        !kept && old != nullptr && view.object->rotation == Rotation::kBreakBeforeMake && !cannot_be_deleted(d, *old);
    if (there == nullptr && (full || break_first)) {
      if (old != nullptr && !overfull) {
        if (Action action = make_room(d, view, *old); acts(action)) {
          if (!d.seen_just_now()) action = d.offer(TakeInventory{});
          if (acts(action)) return action;
        }
      }
      d.blocked[i] = no_slot(d, view);
      continue;
    }
    if (d.failed_to_read(view.object->meta.uid)) {
      d.blocked[i] =
          Problem{Reason::kSecretReadFailed, d.o.object_troubles.at({view.object->meta.uid, Effect::kRead}).message};
      continue;
    }
    // If the finalizer of an object cannot be set, only this object gets no slot.
    if (needs_finalizer(view) && d.in_trouble(view.object->meta.uid, Effect::kFinalizer)) {
      d.blocked[i] = write_refused(d.o, view);
      continue;
    }
    if (there == nullptr && places == 0) continue;  // in the next round
    taken.insert(facts->fingerprint);
    if (there != nullptr) {
      adopted.emplace_back(&view, there);
    } else {
      chosen.push_back(&view);
      claim_domain(d, view, claims);
      --places;
      if (!kept) --free;
    }
  }
  if (chosen.empty() && adopted.empty()) return {};

  // A chain that is known only from a status is not enough for a decision.
  ReadSecrets unread;
  for (const CertificateView* view : chosen) {
    if (view->secret.recorded) unread.uids.push_back(view->object->meta.uid);
  }
  for (const auto& [view, there] : adopted) {
    if (view->secret.recorded) unread.uids.push_back(view->object->meta.uid);
  }
  if (!unread.uids.empty()) return d.offer(std::move(unread));
  // The decision depends on what is on the platform, so the inventory must be recent.
  if (!d.seen_just_now() || !domains_are_known(d, chosen)) return d.offer(TakeInventory{});
  // Finalizers without a ledger mean that it was lost. So the ledger is written before the first finalizer.
  if (!d.o.instance->status.slots) return d.offer(WriteLedger{d.ledger, d.domains, {}});
  const meta::Metadata& meta = d.o.instance->meta;
  if (!meta.has_finalizer(kInstanceFinalizer)) {
    // The API server accepts no new finalizers for an object that is being deleted.
    if (meta.deleting || d.in_trouble(meta.uid, Effect::kFinalizer)) return {};
    return d.offer(SetInstanceFinalizer{true});
  }
  for (const CertificateView* view : chosen) {
    if (needs_finalizer(*view)) return d.offer(SetCertificateFinalizer{view->object->meta.uid, true});
  }
  for (const auto& [view, there] : adopted) {
    if (needs_finalizer(*view)) return d.offer(SetCertificateFinalizer{view->object->meta.uid, true});
  }

  WriteLedger write;
  for (const auto& [view, there] : adopted) {
    d.ledger.push_back(Slot::adopt(d.fresh_attempt(), owner_of(*view->object), view->secret.facts->fingerprint,
                                   there->id, d.now_text()));
  }
  for (const CertificateView* view : chosen) {
    const Uid& uid = view->object->meta.uid;
    const bool kept = std::erase_if(d.ledger, [&](const Slot& s) {
                        return s.state == SlotState::kEarmarked && s.owner_uid == uid;
                      }) > 0;
    d.ledger.push_back(
        Slot::reserve(d.fresh_attempt(), owner_of(*view->object), view->secret.facts->fingerprint, kept, d.now_text()));
    write.reserved.push_back(d.ledger.back().attempt);
  }
  write.ledger = d.ledger;
  write.domains = d.domains;
  return d.offer(std::move(write));
}

}  // namespace planner
