#include "planner/certificate_readiness.h"

#include <algorithm>
#include <utility>

#include "planner/assessment.h"
#include "planner/deletion_readiness.h"

namespace planner {
namespace {

/// Another certificate of the object that is still on the platform.
const Slot* leftover(const Situation& s) {
  for (const Slot& slot : s.ledger) {
    const bool counts = slot.held() || slot.state == SlotState::kDeleting;
    if (slot.owner_uid == s.view.object->meta.uid && counts && &slot != s.held) return &slot;
  }
  return nullptr;
}

std::string trouble_of(const Situation& s, const Slot& slot) {
  const auto trouble = s.o.delete_troubles.find(slot.attempt);
  return trouble == s.o.delete_troubles.end() ? "" : ": " + trouble->second.message;
}

bool slot_coming_free(const Situation& s) {
  return std::any_of(s.ledger.begin(), s.ledger.end(), [&](const Slot& slot) { return comes_free(s.o, slot); });
}

Readiness not_read(const Situation& s) {
  const ServerCertificate& object = *s.view.object;
  const auto trouble = s.o.object_troubles.find({object.meta.uid, Effect::kRead});
  Problem unread{Reason::kProgressing, "the Secret has not been read yet"};
  if (const auto later = s.o.read_later.find(object.meta.uid); later != s.o.read_later.end() && later->second.costly) {
    unread.message =
        "decrypting the private keys of this namespace takes too long, so this Secret is read later; encrypt them "
        "with fewer iterations, or store them unencrypted";
  }
  if (trouble != s.o.object_troubles.end()) unread = {Reason::kSecretReadFailed, trouble->second.message};
  return not_ready(std::move(unread), true);
}

Readiness uploaded(const Situation& s, const std::string& expiry) {
  if (const Slot* old = leftover(s)) {
    if (s.o.delete_troubles.contains(old->attempt)) {
      return {true,
              kStalled,
              {Reason::kOldCertificateBound, "the new certificate is on the platform as " + s.held->id.str() +
                                                 "; cannot delete the old certificate " + old->id.str() +
                                                 trouble_of(s, *old)}};
    }
    return {true,
            kReconciling,
            {Reason::kRotating, "the new certificate is on the platform as " + s.held->id.str() +
                                    "; deleting the old certificate " + old->id.str() + trouble_of(s, *old)}};
  }
  const std::string until = expiry.empty() ? "" : ", valid until " + expiry;
  return {true, "", {Reason::kSucceeded, "on the platform as " + s.held->id.str() + until}};
}

Readiness not_uploaded(const Situation& s) {
  if (!s.blocked && !s.o.resting.empty()) {
    return not_ready({Reason::kProgressing, "a step had no effect (" + s.o.resting.begin()->first +
                                                "); will retry; the log of the operator has the cause"},
                     true);
  }
  if (!s.blocked) return not_ready({Reason::kProgressing, "waiting for the upload of the certificate"}, true);
  const bool moving =
      !stalls(s.blocked->reason) || (s.blocked->reason == Reason::kQuotaExceeded && slot_coming_free(s));
  return not_ready(*s.blocked, moving);
}

}  // namespace

Readiness certificate_readiness(const Situation& s, const std::string& expiry) {
  const ServerCertificate& object = *s.view.object;
  if (object.meta.deleting) return deletion_readiness(s);
  if (object.suspend) {
    const Condition* before = find(object.status.conditions, kReady);
    return {before != nullptr && before->status,
            "",
            {Reason::kSuspended, "spec.suspend is set; the operator changes nothing on the platform for this object"}};
  }
  if (!s.view.secret.current) return not_read(s);
  if (auto problem = secret_problem(s.view, s.o.now)) {
    return not_ready(std::move(*problem));
  }
  if (s.up_to_date && s.unserved) return not_ready(*s.unserved);
  return s.up_to_date ? uploaded(s, expiry) : not_uploaded(s);
}

}  // namespace planner
