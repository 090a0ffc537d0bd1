#include "planner/finalizers.h"

#include <algorithm>

#include "planner/rebuild_ledger.h"

namespace planner {
namespace {

bool owns_anything(const Draft& d, const Uid& uid) {
  const bool slot = std::any_of(d.ledger.begin(), d.ledger.end(), [&](const Slot& s) {
    return s.owner_uid == uid && s.state != SlotState::kRetained && s.state != SlotState::kEarmarked;
  });
  return slot || std::any_of(d.domains.begin(), d.domains.end(),
                             [&](const Domain& entry) { return entry.owner_uid == uid && entry.in_use(); });
}

}  // namespace

Action remove_finalizers(Draft& d) {
  for (const CertificateView& view : d.o.certificates) {
    const meta::Metadata& meta = view.object->meta;
    if (!meta.deleting || !meta.has_finalizer(kCertificateFinalizer)) continue;
    // Until the ledger is rebuilt, it is not known what the object owns. With Retain this does not matter.
    const bool unknown = rebuilding(d) && !view.object->retain;
    if (unknown || owns_anything(d, meta.uid) || d.in_trouble(meta.uid, Effect::kFinalizer)) continue;
    if (Action action = d.offer(SetCertificateFinalizer{meta.uid, false}); acts(action)) return action;
  }
  const meta::Metadata& meta = d.o.instance->meta;
  const bool ours =
      std::any_of(d.ledger.begin(), d.ledger.end(), [](const Slot& s) { return s.state != SlotState::kRetained; }) ||
      std::any_of(d.domains.begin(), d.domains.end(), [](const Domain& entry) { return entry.in_use(); });
  if (meta.deleting && meta.has_finalizer(kInstanceFinalizer) && !ours && !d.in_trouble(meta.uid, Effect::kFinalizer)) {
    return d.offer(SetInstanceFinalizer{false});
  }
  return {};
}

Action add_finalizers(Draft& d) {
  for (const Slot& slot : d.ledger) {
    const CertificateView* owner = slot.held() ? d.view_of(slot.owner_uid) : nullptr;
    if (owner != nullptr && !owner->object->meta.deleting &&
        !owner->object->meta.has_finalizer(kCertificateFinalizer)) {
      if (d.in_trouble(slot.owner_uid, Effect::kFinalizer)) continue;
      if (Action action = d.offer(SetCertificateFinalizer{slot.owner_uid, true}); acts(action)) return action;
    }
  }
  return {};
}

}  // namespace planner
