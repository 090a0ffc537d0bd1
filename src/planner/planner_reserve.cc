#include <algorithm>

#include "base/time_format.h"
#include "planner/planner.h"

namespace planner {
namespace {

bool needs_finalizer(const CertificateView& view) {
  return !view.object->meta.has_finalizer(kCertificateFinalizer);
}

Problem duplicate_of(const meta::ObjectName& owner) {
  return {"DuplicateCertificate", "ServerCertificate " + owner.to_string() +
                                      " has the same certificate chain and holds it on the platform; delete one of "
                                      "them, or give this one another Secret"};
}

Problem conflict() {
  return {
      "ManagementConflict",
      "what was put right on the platform was undone twice within an hour: somebody else manages this instance too; "
      "stop one of the two, then set the annotation iotda.huaweicloud.com/reconcile-requested-at on the IoTDAInstance"};
}

/// A free slot that is kept for the object.
const Slot* earmark_of(const Ledger& ledger, const std::string& uid) {
  const auto it = std::find_if(ledger.begin(), ledger.end(),
                               [&](const Slot& s) { return s.state == SlotState::kEarmarked && s.owner_uid == uid; });
  return it == ledger.end() ? nullptr : &*it;
}

}  // namespace

Action Planner::reserve() {
  std::vector<const CertificateView*> chosen;
  std::vector<std::pair<const CertificateView*, const PlatformCertificate*>> adopted;
  std::set<std::string> taken;
  // After a refusal of all uploads, one is enough to see whether they are accepted again.
  std::size_t places = o_.add_gate ? 1 : o_.sendable;
  Claims claims = domain_claims();
  int free = o_.instance->quota - static_cast<int>(ledger_.size() + foreign_certificates(o_, ledger_).size());
  for (const std::size_t i : by_priority()) {
    const CertificateView& view = o_.certificates[i];
    const certificate::Facts* facts = wanted(view, o_.now);
    if (facts == nullptr || held_slot(ledger_, view.object->meta.uid, facts->fingerprint) != nullptr) continue;
    const PlatformCertificate* there = unclaimed(facts->fingerprint);
    blocked_[i] = obstacle(view, *facts, taken);
    if (!blocked_[i] && there == nullptr) blocked_[i] = upload_obstacle(view);
    if (blocked_[i]) {
      // The platform said that it is full; who fills it is known better by now.
      if (blocked_[i]->reason == "QuotaExceeded" && free <= 0) blocked_[i] = no_slot(view);
      continue;
    }
    if (there != nullptr && !view.object->adopt) {
      blocked_[i] = Problem{"DuplicateCertificate",
                            "the platform already has this certificate chain as " + there->id +
                                ", which is not the operator's; set spec.adoptionPolicy to IfMatching to take it over, "
                                "or remove it there"};
      continue;
    }
    const PlatformCertificate* alike = there == nullptr ? unreadable_twin(*facts) : nullptr;
    if (alike != nullptr && alike->awaited) {
      blocked_[i] = Problem{"Progressing", "it is not known yet whether the platform has this certificate as " +
                                               alike->id + ": it is slow to show that one"};
      continue;
    }
    if (alike != nullptr) {
      blocked_[i] = Problem{"DuplicateCertificate",
                            "the platform has a certificate with the same common name and dates as " + alike->id +
                                ", whose content it does not show; remove it there if it is not needed"};
      continue;
    }
    // The platform is asked for its quota of domains before a slot is used for one that it has no room for.
    const bool newcomer = there == nullptr && !has_place(view.object->meta.uid);
    if (newcomer && view.object->domain) blocked_[i] = domain_obstacle(view, *view.object->domain, claims);
    if (blocked_[i]) continue;
    const Slot* old = held_slot(ledger_, view.object->meta.uid, "");
    // With more on the platform than there are slots, as after others have added some, there is none to change places
    // in.
    const bool overfull = free < 0;
    const bool kept = !overfull && earmark_of(ledger_, view.object->meta.uid) != nullptr;
    // What fills it may be out of our sight: others' certificates that may not be listed, or a quota lower than in
    // spec.
    const Rejection* refusal = view.refusal();
    const bool told_full =
        refusal != nullptr && refusal->about_quota() && old != nullptr && o_.now < refusal->next_attempt;
    const bool full = !kept && (free <= 0 || told_full || ledger_.size() + chosen.size() >= kMaxSlots);
    const bool break_first = !kept && old != nullptr && view.object->rotation == Rotation::kBreakBeforeMake;
    if (there == nullptr && (full || break_first)) {
      if (old != nullptr && !overfull) {
        if (Action action = make_room(view, *old); acts(action)) {
          if (!seen_just_now()) action = offer(TakeInventory{});
          if (acts(action)) return action;
        }
      }
      blocked_[i] = no_slot(view);
      continue;
    }
    if (failed_to_read(view.object->meta.uid)) {
      blocked_[i] = Problem{"SecretReadFailed", o_.object_troubles.at({view.object->meta.uid, Effect::kRead}).message};
      continue;
    }
    // A finalizer that cannot be set keeps this object from a slot, and no other.
    if (needs_finalizer(view) && in_trouble(view.object->meta.uid, Effect::kFinalizer)) {
      blocked_[i] = write_refused(o_, view);
      continue;
    }
    if (there == nullptr && places == 0) continue;  // in the next round
    taken.insert(facts->fingerprint);
    if (there != nullptr) {
      adopted.emplace_back(&view, there);
    } else {
      chosen.push_back(&view);
      claim_domain(view, claims);
      --places;
      if (!kept) --free;
    }
  }
  if (chosen.empty() && adopted.empty()) return {};

  // What a status records saves a read where nothing is decided.
  ReadSecrets unread;
  for (const CertificateView* view : chosen) {
    if (view->secret.recorded) unread.uids.push_back(view->object->meta.uid);
  }
  for (const auto& [view, there] : adopted) {
    if (view->secret.recorded) unread.uids.push_back(view->object->meta.uid);
  }
  if (!unread.uids.empty()) return offer(std::move(unread));
  // The decision rests on what is on the platform, so that must have been seen just now.
  if (!seen_just_now()) return offer(TakeInventory{});
  // With finalizers, a ledger that is not there was lost; so it is there before them.
  if (!o_.instance->status.slots) return offer(WriteLedger{ledger_, domains_, {}});
  const meta::Metadata& meta = o_.instance->meta;
  if (!meta.has_finalizer(kInstanceFinalizer)) {
    // An instance that is being deleted takes no finalizer any more.
    if (meta.deleting || in_trouble(meta.uid, Effect::kFinalizer)) return {};
    return offer(SetInstanceFinalizer{true});
  }
  for (const CertificateView* view : chosen) {
    if (needs_finalizer(*view)) return offer(SetCertificateFinalizer{view->object->meta.uid, true});
  }
  for (const auto& [view, there] : adopted) {
    if (needs_finalizer(*view)) return offer(SetCertificateFinalizer{view->object->meta.uid, true});
  }

  WriteLedger write;
  for (const auto& [view, there] : adopted) {
    Slot& slot = add_slot(*view, SlotState::kActive);
    slot.adopted = true;
    slot.id = there->id;
  }
  for (const CertificateView* view : chosen) {
    const std::string& uid = view->object->meta.uid;
    const bool kept = std::erase_if(ledger_, [&](const Slot& s) {
                        return s.state == SlotState::kEarmarked && s.owner_uid == uid;
                      }) > 0;
    Slot& slot = add_slot(*view, SlotState::kReserved);
    // Whatever becomes of this attempt, the place stays the object's.
    if (kept) {
      slot.reserved_for = slot.owner;
      slot.reserved_for_uid = slot.owner_uid;
    }
    write.reserved.push_back(slot.attempt);
  }
  write.ledger = ledger_;
  write.domains = domains_;
  return offer(std::move(write));
}

/// A certificate on the platform that is nobody's, and by all that can be read of it the one that is to be uploaded.
const PlatformCertificate* Planner::unreadable_twin(const certificate::Facts& facts) const {
  for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
    if (!there->fingerprint.empty()) continue;
    const Likeness like = likeness(facts, *there);
    if (like == Likeness::kSame || (there->awaited && like == Likeness::kUnknown)) return there;
  }
  return nullptr;
}

/// Or it cannot be seen at all.
bool Planner::seen_just_now() const {
  if (o_.inventory_denied) return true;
  return o_.inventory && o_.boot_now - o_.inventory->ended <= kInventoryMaxAge;
}

/// Frees a slot for the rotation of `view`, as its strategy allows: by removing its old certificate, or that of an
/// object that can do without for a moment. Whether something serves these is asked at the time; what was found to be
/// served is in trouble and left alone for a while.
Action Planner::make_room(const CertificateView& view, const Slot& old) {
  const Rotation strategy = view.object->rotation;
  if (!calls_ || strategy == Rotation::kMakeBeforeBreak || slot_coming_free()) return {};
  // A certificate that the platform has refused once is no reason to take another one down.
  const Rejection* refusal = view.refusal();
  if (refusal != nullptr && !refusal->about_quota()) return {};
  // What is listed and not known when asked for may be on its way out, and the slot with it.
  if (!o_.unshown.empty()) return {};
  if (in_trouble(view.object->meta.uid, Effect::kRead)) return {};
  const MakeRoom room{view.object->meta.uid, view.secret.facts->fingerprint, old.attempt};
  if (old.state != SlotState::kActive) return {};
  if (!old.recorded_only && !in_trouble(old.attempt) && long_unbound(old)) return offer(BeginDelete{old.attempt, room});
  if (strategy == Rotation::kBreakBeforeMake) return {};
  if (const Slot* lender = lender_for(view)) return offer(BeginDelete{lender->attempt, room});
  return {};
}

const Slot* Planner::lender_for(const CertificateView& view) {
  for (Slot& slot : ledger_) {
    const CertificateView* owner = slot.state == SlotState::kActive ? view_of(slot.owner_uid) : nullptr;
    if (owner == nullptr || owner == &view || owner->object->rotation == Rotation::kMakeBeforeBreak) continue;
    if (!owner->object->lend || !owner->allowed || slot.recorded_only) continue;
    // Who is in the middle of a rotation has nothing to spare.
    if (other_slot(owner->object->meta.uid, slot) != nullptr) continue;
    // Only what can come back as it was.
    const certificate::Facts* facts = wanted(*owner, o_.now);
    if (facts == nullptr || facts->fingerprint != slot.fingerprint) continue;
    if (!slot.reserved_for_uid.empty() || owner->refusal() != nullptr) continue;
    if (in_trouble(slot.attempt) || in_trouble(slot.owner_uid, Effect::kRead)) continue;
    if (long_unbound(slot)) return &slot;
  }
  return nullptr;
}

/// When the slot of the entry will be freed without user action: now, at a known time, or never.
std::optional<base::BootTime> Planner::freed_at(const Slot& slot) const {
  if (comes_free(o_, slot)) return o_.boot_now;
  if (!slot.held() || o_.delete_troubles.contains(slot.attempt) || suspended(slot)) return std::nullopt;
  const CertificateView* owner = view_of(slot.owner_uid);
  if (owner == nullptr) return std::nullopt;
  if (owner->object->meta.deleting) return owner->object->retain ? std::nullopt : std::optional(unbound_at(slot));
  // The old one of a rotation that is done but for that.
  if (keeps(owner, slot)) return std::nullopt;
  return unbound_at(slot);
}

bool Planner::slot_coming_free() const {
  return std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) { return freed_at(slot).has_value(); });
}

/// What keeps an object from being added, whatever the number of free slots.
std::optional<Problem> Planner::obstacle(const CertificateView& view, const certificate::Facts& facts,
                                         const std::set<std::string>& taken) {
  if (auto problem = standstill(o_)) return problem;
  if (!view.allowed) return not_allowed(view);
  if (o_.instance->meta.deleting && !has_place(view.object->meta.uid)) {
    return Problem{"InstanceNotReady", "IoTDAInstance " + o_.instance_name +
                                           " is being deleted and takes no new "
                                           "certificates; point spec.instanceRef of a new object at another one"};
  }
  if (rebuilding()) return ledger_is_lost();
  for (const Slot& slot : ledger_) {
    if (slot.fingerprint != facts.fingerprint) continue;
    if (slot.state == SlotState::kDeleting && !slot.reserved_for_uid.empty()) return no_slot(view);
    if (slot.state == SlotState::kDeleting) {
      return Problem{"Progressing", "this certificate chain is being removed from the platform as " + slot.id +
                                        "; it is added again after that"};
    }
    if (slot.owner_uid == view.object->meta.uid) return in_doubt(slot);
    return duplicate_of(slot.owner);
  }
  if (taken.contains(facts.fingerprint)) {
    return Problem{"DuplicateCertificate",
                   "another ServerCertificate of this instance has the same certificate chain; "
                   "delete one of them, or give it another Secret"};
  }
  return std::nullopt;
}

Problem Planner::not_allowed(const CertificateView& view) const {
  return {"NamespaceNotAllowed", "spec.allowedNamespaces of IoTDAInstance " + o_.instance_name +
                                     " does not allow namespace " + view.object->meta.name.ns +
                                     "; an administrator can add it there"};
}

/// What keeps it from being uploaded, but not from being taken over if it is there.
std::optional<Problem> Planner::upload_obstacle(const CertificateView& view) {
  // A rotation that finds the platform full makes room, as its strategy allows.
  const bool makes_room = view.refusal() != nullptr && view.refusal()->about_quota() &&
                          held_slot(ledger_, view.object->meta.uid, "") != nullptr;
  if (auto problem = still_refused(view.refusal()); problem && !makes_room) return problem;
  if (add_gate_shut()) {
    return Problem{"InstanceNotReady", "IoTDAInstance " + o_.instance_name + ": " + o_.add_gate->reason + ": " +
                                           o_.add_gate->error.message};
  }
  if (o_.management_conflict) return conflict();
  const auto damped = o_.damped.find(view.object->meta.uid);
  if (damped != o_.damped.end() && !due(damped->second)) {
    return Problem{"SecretUnstable", "Secret " + view.object->meta.name.ns + "/" + view.object->secret +
                                         " changes too often, or what is in it keeps being refused; its certificate is "
                                         "uploaded after " +
                                         time_text(damped->second) +
                                         ", find out what keeps writing this Secret or its ServerCertificate"};
  }
  return std::nullopt;
}

/// What the platform refused is not asked again before its time.
std::optional<Problem> Planner::still_refused(const Rejection* refusal) {
  if (refusal == nullptr || o_.now >= refusal->next_attempt) return std::nullopt;
  wake_.at(refusal->next_attempt);
  return Problem{refusal->error.reason, refusal->error.message};
}

Problem Planner::in_doubt(const Slot& slot) const {
  if (o_.inventory_denied) {
    return {"UploadInDoubt",
            "it is not known whether add " + slot.attempt +
                " reached the platform, and the credentials may not list certificates to find out; grant "
                "iotda:servercertificate:queryList, or look in the console and set the annotation " +
                std::string(kResolveAnnotation) + ": " + slot.attempt +
                "=absent (or =<server certificate id>) on "
                "IoTDAInstance " +
                o_.instance_name};
  }
  return {"Progressing", "it is not yet known whether add " + slot.attempt +
                             " reached the platform; the platform's list is watched until that is certain"};
}

Problem Planner::no_slot(const CertificateView& view) const {
  std::string holders;
  for (const Slot& slot : ledger_) {
    holders += (holders.empty() ? "" : ", ") + slot.owner.to_string();
    if (slot.state == SlotState::kRetained) {
      holders += " (Retained " + slot.id +
                 ": left by deletionPolicy Retain; with deletionPolicy Delete and the Secret of "
                 "then, this object removes it)";
    } else if (slot.state != SlotState::kActive) {
      holders += " (" + std::string(to_string(slot.state)) + ")";
    }
  }
  for (const PlatformCertificate* there : foreign_certificates(o_, ledger_)) {
    holders += (holders.empty() ? "" : ", ") + there->id + " (not the operator's)";
  }
  const std::string full = "all " + std::to_string(o_.instance->quota) + " slots of IoTDAInstance " + o_.instance_name +
                           " are taken: " + holders;
  const std::string& uid = view.object->meta.uid;
  if (const Slot* held = held_slot(ledger_, uid, "")) return rotation_waits(view, *held, full);
  for (const Slot& slot : ledger_) {
    const bool own = slot.owner_uid == uid;
    if (own && slot.state == SlotState::kDeleting && slot.reserved_for_uid == uid) {
      return {"Rotating", slot.id + " is being removed to make room for the new certificate"};
    }
    if (own && slot.state == SlotState::kDeleting && !slot.reserved_for_uid.empty()) return lent_to(slot.reserved_for);
    if (!own && slot.reserved_for_uid == uid) return lent_to(slot.owner);
  }
  return {"QuotaExceeded", full +
                               "; this certificate is added by itself when one comes free: delete one of these "
                               "objects"};
}

/// What a rotation waits for.
Problem Planner::rotation_waits(const CertificateView& view, const Slot& held, const std::string& full) const {
  std::optional<base::BootTime> first;
  const Slot* freed = nullptr;
  for (const Slot& slot : ledger_) {
    const auto at = freed_at(slot);
    if (!at || (first && *first <= *at)) continue;
    first = at;
    freed = &slot;
  }
  const bool waits = first && *first > o_.boot_now;
  if (waits) {
    return {"Progressing", full + "; the new certificate is uploaded when " + freed->id + " is deleted, after " +
                               time_text(*first) + ", when no change of a domain configuration can name it any more"};
  }
  if (first) return {"Progressing", full + "; a slot is being freed, the new certificate is uploaded then"};
  const base::BootTime unbound = unbound_at(held);
  const auto trouble = o_.delete_troubles.find(held.attempt);
  const bool strict = view.object->rotation == Rotation::kMakeBeforeBreak;
  if (!strict && !held.recorded_only && trouble == o_.delete_troubles.end() && unbound > o_.boot_now) {
    return {"Progressing", full + "; " + held.id + " is deleted first, after " + time_text(unbound) +
                               ", when no change of a domain configuration can name it any more"};
  }
  std::string tried = trouble == o_.delete_troubles.end() ? "" : " (" + trouble->second.message + ")";
  if (held.recorded_only) {
    tried += "; that " + held.id +
             " is the operator's is known from a status only; if it may be removed for this, set the annotation " +
             std::string(kResolveAnnotation) + ": " + held.attempt + "=" + held.id + " on IoTDAInstance " +
             o_.instance_name;
  }
  return {"RotationBlocked", full + "; the new certificate is uploaded when a slot becomes free, " + held.id +
                                 " stays in use until then; it expires " + view.object->status.expiry_date + tried};
}

Slot& Planner::add_slot(const CertificateView& view, SlotState state) {
  Slot slot;
  slot.attempt = o_.fresh_attempts.at(used_attempts_++);
  give_to(slot, *view.object);
  slot.fingerprint = view.secret.facts->fingerprint;
  enter(slot, state);
  return ledger_.emplace_back(std::move(slot));
}

}  // namespace planner
