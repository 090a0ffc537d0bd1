#include "planner/deletion_readiness.h"

#include <optional>
#include <utility>

#include "planner/assessment.h"

namespace planner {
namespace {

std::optional<Readiness> waits_for_slot(const Situation& s) {
  const ServerCertificate& object = *s.view.object;
  for (const Slot& slot : s.ledger) {
    if (slot.owner_uid != object.meta.uid || slot.state == SlotState::kRetained) continue;
    if (object.suspend) {
      return not_ready({Reason::kSuspended,
                        "the deletion is on hold because spec.suspend is set; set it to false, or set "
                        "spec.deletionPolicy to Retain"},
                       true);
    }
    if (const auto trouble = s.o.delete_troubles.find(slot.attempt); trouble != s.o.delete_troubles.end()) {
      return not_ready({Reason::kDeletionBlocked, trouble->second.message});
    }
    if (auto problem = standstill(s.o)) {
      return not_ready(
          {Reason::kDeleting, "the deletion is on hold: " + problem->message +
                                  "; to delete the object now and keep the certificate on the platform, set "
                                  "spec.deletionPolicy to Retain"},
          true);
    }
    if (slot.open()) {
      const bool stuck = s.o.inventory_denied;
      return not_ready({stuck ? Reason::kUploadInDoubt : Reason::kDeleting,
                        "the deletion is on hold until it is known whether upload " + slot.attempt.str() +
                            " reached the platform" + (stuck ? "; " + how_to_resolve(s.o, slot.attempt) : "")},
                       !stuck);
    }
  }
  return {};
}

std::optional<Readiness> waits_for_domain(const Situation& s) {
  const ServerCertificate& object = *s.view.object;
  for (const Domain& domain : s.domains) {
    if (domain.owner_uid != object.meta.uid || !domain.is_used()) continue;
    if (domain.state == DomainState::kRetained) continue;
    if (const auto trouble = s.o.domain_troubles.find(domain.name); trouble != s.o.domain_troubles.end()) {
      return not_ready({Reason::kDeletionBlocked, trouble->second.message});
    }
    if (s.o.domains_problem) return not_ready({Reason::kDeletionBlocked, s.o.domains_problem->message});
    if (s.o.domain_doubts.contains(domain.name)) {
      return not_ready({Reason::kDeleting, "the deletion is on hold until it is known whether domain configuration " +
                                               domain.name + " was created"},
                       true);
    }
  }
  return {};
}

}  // namespace

Readiness deletion_readiness(const Situation& s) {
  const ServerCertificate& object = *s.view.object;
  if (auto waits = waits_for_slot(s)) return *std::move(waits);
  if (auto waits = waits_for_domain(s)) return *std::move(waits);
  const auto refused = s.o.object_troubles.find({object.meta.uid, Effect::kFinalizer});
  if (refused != s.o.object_troubles.end()) return not_ready({Reason::kDeletionBlocked, refused->second.message});
  if (ledger_lost(s.o) && !object.retain) {
    return not_ready(
        {Reason::kDeleting, "the deletion is on hold until the ledger of IoTDAInstance " + s.o.instance_name +
                                " is rebuilt; to delete the object now and keep a certificate that it may have on the "
                                "platform, set spec.deletionPolicy to Retain"},
        true);
  }
  return not_ready({Reason::kDeleting, "deleting the certificate from the platform"}, true);
}

}  // namespace planner
