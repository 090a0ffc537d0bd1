#include "overview/story.h"

#include <array>
#include <optional>
#include <utility>

#include "meta/condition.h"

namespace overview {
namespace {

using resources::ServerCertificate;
using resources::ServerCertificateStatus;

std::string secret_text(const ServerCertificate& object) {
  std::string text = object.meta.name.ns + "/" + object.secret;
  for (const resources::SecretVersion& seen : object.status.observed_secrets) {
    if (seen.name == object.secret && !seen.resource_version.empty()) text += ", version " + seen.resource_version;
  }
  return text;
}

std::string held_text(const ServerCertificateStatus& status) {
  return status.server_certificate_id.str() + (status.expiry_date.empty() ? "" : ", expires " + status.expiry_date);
}

std::string valid_text(const ServerCertificateStatus& status) {
  if (!status.pending_fingerprint.empty()) {
    return status.pending_fingerprint.str() +
           (status.pending_expiry.empty() ? "" : ", expires " + status.pending_expiry);
  }
  return (status.common_name.empty() ? status.fingerprint.str() : status.common_name) +
         (status.expiry_date.empty() ? "" : ", expires " + status.expiry_date);
}

/// What devices have while the story is not at its end.
std::string meanwhile(const ServerCertificate& object, bool available) {
  if (object.status.server_certificate_id.empty()) return "nothing yet";
  if (!available) return "no valid certificate of this object";
  return "the certificate on the platform, " + held_text(object.status);
}

std::string done_text(StepKind kind, const ServerCertificate& object, bool available) {
  switch (kind) {
    case StepKind::kSecret:
      return secret_text(object);
    case StepKind::kValid:
      return valid_text(object.status);
    case StepKind::kSlot:
      return "on IoTDAInstance " + object.instance;
    case StepKind::kUpload:
      return object.status.server_certificate_id.str() +
             (object.status.last_upload_time.empty() ? "" : ", uploaded " + object.status.last_upload_time);
    case StepKind::kDomain:
      return object.domain ? object.domain->name : "";
    case StepKind::kServed:
      return meanwhile(object, available);
  }
  return "";
}

std::string waiting_text(StepKind kind, const ServerCertificate& object, bool available) {
  switch (kind) {
    case StepKind::kSecret:
      return secret_text(object) + ", not read yet";
    case StepKind::kValid:
      return "not checked yet";
    case StepKind::kSlot:
      return "none yet on IoTDAInstance " + object.instance;
    case StepKind::kUpload:
      return "not uploaded yet";
    case StepKind::kDomain:
      return (object.domain ? object.domain->name : "") + (available ? " serves the previous certificate" : "");
    case StepKind::kServed:
      return meanwhile(object, available);
  }
  return "";
}

/// The step that the object stands at; nothing if all are done. A reason that says only that work goes on does not tell
/// which step that is, so what the status has tells it.
std::optional<StepKind> current_step(const ServerCertificate& object, const meta::Condition* ready, bool has_slot) {
  if (ready == nullptr) return StepKind::kSecret;
  const resources::ReasonRow* row = resources::find_reason(ready->reason);
  if (ready->status && !meta::find(object.status.conditions, meta::kStalled)) return std::nullopt;
  if (row != nullptr && row->reason != resources::Reason::kProgressing) return step_of(row->reason);
  if (object.status.observed_secrets.empty()) return StepKind::kSecret;
  if (!has_slot) return StepKind::kSlot;
  if (object.status.server_certificate_id.empty() || !object.status.pending_fingerprint.empty())
    return StepKind::kUpload;
  return object.domain ? StepKind::kDomain : StepKind::kServed;
}

}  // namespace

std::string_view to_string(StepKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"Secret", "Valid", "Slot", "Upload", "Domain", "Served"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(StepState state) {
  constexpr std::array<std::string_view, 4> kNames{"Done", "Failed", "Waiting", "NotWanted"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::vector<Step> story_of(const ServerCertificate& object, bool has_slot) {
  const meta::Condition* ready = meta::find(object.status.conditions, meta::kReady);
  const meta::Condition* there = meta::find(object.status.conditions, resources::kAvailable);
  const bool available = there != nullptr && there->status;
  const auto at = current_step(object, ready, has_slot);
  const resources::ReasonRow* row = ready == nullptr ? nullptr : resources::find_reason(ready->reason);
  const bool failed = row != nullptr && row->told == resources::Told::kWarning;
  std::vector<Step> story;
  for (int i = 0; i <= static_cast<int>(StepKind::kServed); ++i) {
    const auto kind = static_cast<StepKind>(i);
    Step step{kind, StepState::kDone, "", {}};
    if (kind == StepKind::kDomain && !object.domain) {
      step.state = StepState::kNotWanted;
      step.text = "spec.domainConfiguration is not set";
    } else if (!at || kind < *at) {
      step.text = done_text(kind, object, available);
    } else if (kind > *at || ready == nullptr) {
      step.state = StepState::kWaiting;
      step.text = waiting_text(kind, object, available);
    } else {
      step.state = failed ? StepState::kFailed : StepState::kWaiting;
      step.text = ready->message;
      step.advice = advice_for(ready->reason, {object.meta.name, object.secret, object.instance});
    }
    story.push_back(std::move(step));
  }
  return story;
}

}  // namespace overview
