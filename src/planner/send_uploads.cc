#include "planner/send_uploads.h"

namespace planner {

Action send_uploads(Draft& d) {
  if (!d.calls || d.add_gate_shut()) return {};
  for (const Slot& slot : d.ledger) {
    if (slot.state != SlotState::kReserved || !d.o.rights.contains(slot.attempt)) continue;
    if (d.in_trouble(slot.owner_uid, Effect::kRead)) continue;
    if (Action action = d.offer(Upload{slot.attempt, slot.owner_uid}); acts(action)) return action;
  }
  return {};
}

}  // namespace planner
