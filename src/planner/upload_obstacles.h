#pragma once

#include <optional>
#include <set>
#include <string>

#include "planner/draft.h"

// Why an object gets no slot.
namespace planner {

/// What keeps an object from being added, whatever the number of free slots. `taken`: chains that others get now.
std::optional<Problem> obstacle(Draft& d, const CertificateView& view, const certificate::Facts& facts,
                                const std::set<std::string>& taken);

/// What keeps it from being uploaded, but not from being taken over if it is there.
std::optional<Problem> upload_obstacle(Draft& d, const CertificateView& view);

/// What the platform refused is not asked again before its time.
std::optional<Problem> still_refused(Draft& d, const Rejection* refusal);

/// All slots are taken: by whom, and what a rotation of the object waits for.
Problem no_slot(const Draft& d, const CertificateView& view);

}  // namespace planner
