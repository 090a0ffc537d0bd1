#pragma once

#include <optional>
#include <set>
#include <string>

#include "planner/draft.h"

// Reasons why an object gets no slot.
namespace planner {

/// Why an object can get no slot, independent of the number of free slots. `taken`: chains that other objects get in
/// this plan.
std::optional<Problem> obstacle(Draft& d, const CertificateView& view, const certificate::Facts& facts,
                                const std::set<Fingerprint>& taken);

/// Why its certificate cannot be uploaded. A certificate that is on the platform already can still be taken over.
std::optional<Problem> upload_obstacle(Draft& d, const CertificateView& view);

/// The problem that the platform reported, until it is time to retry; empty after that.
std::optional<Problem> still_refused(Draft& d, const Rejection* refusal);

/// No slot is free: names the holders of the slots, and what a rotation of the object waits for.
Problem no_slot(const Draft& d, const CertificateView& view);

}  // namespace planner
