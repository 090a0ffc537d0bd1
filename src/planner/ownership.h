#pragma once

#include "planner/draft.h"

// Which object owns an entry, and which objects need it.
namespace planner {

/// The object wants this chain and does not hold it.
bool wants(const Draft& d, const CertificateView& view, const Fingerprint& fingerprint);

/// The owner needs the entry: it wants this chain, or does not hold the chain that it wants instead. Until it holds
/// that, it keeps only its newest certificate, so that a Secret that changes often does not use all slots. Another
/// object that wants this chain gets the entry earlier only if it has another place to give in exchange.
bool keeps(const Draft& d, const CertificateView* owner, const Slot& slot);

/// The first object by priority, other than the owner, that wants the chain of the entry and can get it; null: none.
const CertificateView* other_wanting(const Draft& d, const Slot& slot);

/// Whether a slot must be kept for the object: until its certificate is on the platform, was rejected, or is not
/// wanted.
bool needs_place(const Draft& d, const CertificateView* keeper);

/// Another slot that the object holds; null: none.
const Slot* other_slot(const Draft& d, const Uid& uid, const Slot& than);

/// The owner was deleted without its finalizer, and the grace period is over.
bool gone_for_good(Draft& d, const Uid& uid);

/// The certificate stays on the platform by deletionPolicy Retain. `retain` and `uid` are those of the owner when it
/// was last seen.
bool left_by_policy(Draft& d, const CertificateView* owner, bool retain, const Uid& uid);

bool suspended(const Draft& d, const Slot& slot);

/// No object needs the certificate, so it can be deleted.
bool releasable(Draft& d, const Slot& slot);

}  // namespace planner
