#pragma once

#include <optional>
#include <string>

#include "controller/round.h"

// Live reads that confirm a decision before an effect that cannot be undone: the caches that the plan saw may be old.
namespace controller {

/// What speaks against the decision: how the effect ends instead. None: it is confirmed. After kDone the store has what
/// was read, so the next plan differs, or the owner rests because it cannot be read.
using Objection = std::optional<Step>;

/// The certificate of the entry can be deleted: its owner is gone, is being deleted, or has its next certificate.
Objection confirm_release(Round& r, const Slot& entry);

/// A certificate that is still useful can be deleted for a rotation: the chain of the rotation is still wanted. So is
/// that of a lender, which must come back.
Objection confirm_room(Round& r, const Slot& entry, const MakeRoom& room);

/// The object is unchanged. With `chain`: its Secret is usable and has that chain.
Objection confirm_owner(Round& r, const Uid& uid, const std::optional<Fingerprint>& chain);

/// The owner of a domain no longer wants it, so another object can have it. Otherwise devices of one object would get
/// the certificate of another.
Objection confirm_given_up(Round& r, const Domain& entry);

/// The domain configuration can be removed: its owner has not changed its mind since the plan, and does not keep it.
Objection confirm_unwished(Round& r, const Domain& entry);

}  // namespace controller
