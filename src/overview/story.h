#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "meta/object_name.h"
#include "resources/reason.h"
#include "resources/server_certificate.h"

namespace overview {

/// What happens to a certificate, in this order.
enum class StepKind { kSecret, kValid, kSlot, kUpload, kDomain, kServed };

enum class StepState {
  kDone,
  kFailed,     ///< the one to act on; at most one in a story
  kWaiting,    ///< not yet, or for the step before
  kNotWanted,  ///< the object has no domain
};

std::string_view to_string(StepKind kind);
std::string_view to_string(StepState state);

struct Step {
  StepKind kind = StepKind::kSecret;
  StepState state = StepState::kWaiting;
  std::string text;
  std::vector<std::string> advice;  ///< of a failed step: commands and fields that help
};

/// Where a ServerCertificate stands. `has_slot`: the ledger of its instance has a certificate of it.
std::vector<Step> story_of(const resources::ServerCertificate& object, bool has_slot);

/// What an advice is about.
struct AdviceContext {
  meta::ObjectName name;
  std::string secret;
  std::string instance;
};

/// The step that a reason is about; kServed for those of success.
StepKind step_of(resources::Reason reason);
/// What to do about a reason: a few lines, each a command or a field; nothing if waiting is all.
std::vector<std::string> advice_for(std::string_view reason, const AdviceContext& context);

}  // namespace overview
