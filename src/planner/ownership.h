#pragma once

#include "planner/draft.h"

// Whose an entry is, and who has a use for it.
namespace planner {

/// The object wants this chain and does not hold it.
bool wants(const Draft& d, const CertificateView& view, const std::string& fingerprint);

/// The owner has a use for the entry: it wants this chain, or does not have the one that it wants instead. Until it
/// has, one certificate is enough, the newest; a Secret that changes in a hurry must not fill all slots. It is given
/// away before that only to an object that has another place to give for it.
bool keeps(const Draft& d, const CertificateView* owner, const Slot& slot);

/// The first object by priority, other than the owner, that wants the chain of the entry and may have it; null: none.
const CertificateView* other_wanting(const Draft& d, const Slot& slot);

/// A place is kept for an object until its certificate is there, was refused for good, or is given up.
bool needs_place(const Draft& d, const CertificateView* keeper);

/// Another slot that the object holds; null: none.
const Slot* other_slot(const Draft& d, const std::string& uid, const Slot& than);

/// The owner vanished without its finalizer, and the grace period is over.
bool gone_for_good(Draft& d, const std::string& uid);

/// The certificate stays on the platform: `retain` and `uid` are those of the owner when it was last seen.
bool left_by_policy(Draft& d, const CertificateView* owner, bool retain, const std::string& uid);

bool suspended(const Draft& d, const Slot& slot);

/// Nobody needs the certificate, so it may be deleted.
bool releasable(Draft& d, const Slot& slot);

}  // namespace planner
