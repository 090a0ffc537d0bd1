#include "controller/send_upload.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/backoff.h"
#include "base/time_format.h"
#include "controller/api_failures.h"
#include "controller/live_reads.h"
#include "controller/platform_certificates.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/reports.h"
#include "os/log.h"

namespace controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Backoff::Policy kRejectedPause{hours(1), hours(1)};
constexpr base::Backoff::Policy kQuotaPause{minutes(1), hours(1)};

/// What this reconcile has read of the Secrets, or a new reading if a watch has brought anything newer.
kube::Result<std::shared_ptr<const SecretReading>> reading_for_upload(Round& r, const ServerCertificate& object) {
  if (auto read = r.readings.extract(object.meta.uid); !read.empty()) {
    const SecretView& now = *r.secret_view(object.meta.uid);
    if (now.current && now.versions == read.mapped()->view.versions) return std::move(read.mapped());
  }
  auto read = read_secrets_now(r, object);
  if (!read.ok()) return base::Err(read.error());
  return std::make_shared<const SecretReading>(std::move(*read));
}

void upload_succeeded(Round& r, const Slot& entry, const ServerCertificate& object, const certificate::Facts& facts,
                      const iotda::ServerCertificate& added) {
  r.memory.outcomes[entry.attempt] = {AddOutcome::Kind::kAdded, added.id};
  r.memory.rejections.erase(object.meta.uid);
  r.memory.refused_uploads.erase(object.meta.name.ns);
  r.memory.add_gate.reset();
  PlatformCertificate made = described(added, entry.fingerprint);
  if (made.expiry_date.empty() || made.effective_date.empty()) {
    if (!r.memory.odd_dates) {
      os::log::warn("cannot parse the dates that the platform returned; using those of the certificate",
                    {{"servercertificate", object.meta.name.to_string()}, {"instance", r.o.instance_name}});
    }
    r.memory.odd_dates = true;
    made.effective_date = base::to_rfc3339(facts.not_before);
    made.expiry_date = base::to_rfc3339(facts.not_after);
  }
  const std::string until = made.expiry_date;
  r.memory.known[added.id] = std::move(made);
  open_gate(r);
  std::string note = "uploaded to the platform as " + added.id.str() + ", valid until " + until;
  // A renewal with an earlier expiry is allowed, but mostly a mistake.
  const auto replaced = base::parse_rfc3339(object.status.expiry_date);
  const bool shorter = replaced && facts.not_after < *replaced;
  if (shorter) note += ", which is before the expiry of the certificate that it replaces, " + object.status.expiry_date;
  publish(r, object, shorter, "Uploaded", "Upload", with_request_id(note, added.request_id));
}

void upload_failed(Round& r, const Slot& entry, const ServerCertificate& object, const iotda::Error& error) {
  AddOutcome::Kind kind = AddOutcome::Kind::kNotAdded;
  switch (error.code) {
    case iotda::Error::Code::kRejected:
    case iotda::Error::Code::kNotFound:
      refused(r, Refused::kUpload, object, error, Reason::kUploadRejected, kRejectedPause);
      break;
    case iotda::Error::Code::kQuota:
      // Another party has used a slot: an inventory shows who, if the platform may be listed.
      refused(r, Refused::kUpload, object, error, Reason::kQuotaExceeded, kQuotaPause);
      if (!r.o.inventory_denied) r.memory.inventory_tried.reset();
      break;
    case iotda::Error::Code::kForbidden:
      if (lacks_permission(error)) {
        shut_upload_gate(r, error);
        break;
      }
      [[fallthrough]];
    case iotda::Error::Code::kUnauthorized:
    case iotda::Error::Code::kThrottled:
    case iotda::Error::Code::kNotSent:
      shut_gate(r, error);
      break;
    case iotda::Error::Code::kHeldBack:
      break;
    case iotda::Error::Code::kUnknown:
    case iotda::Error::Code::kCancelled:
      kind = AddOutcome::Kind::kUnknown;
      shut_gate(r, error);
      os::log::warn("it is unknown whether an upload reached the platform",
                    {{"servercertificate", object.meta.name.to_string()},
                     {"instance", r.o.instance_name},
                     {"attempt", entry.attempt.str()},
                     {"error", error.message}});
      break;
  }
  r.memory.outcomes[entry.attempt] = {kind, ""};
}

/// Nothing is sent, and the entry gives its slot back.
void give_up(Round& r, const Attempt& attempt) {
  r.memory.rights.erase(attempt);
  r.memory.outcomes[attempt] = {AddOutcome::Kind::kNotAdded, ""};
}

/// Sends it unless the Secret has changed since the slot was reserved.
Step send(Round& r, const Slot& entry, const ServerCertificate& object) {
  const auto read = reading_for_upload(r, object);
  // The next plan sends it again, while the right lasts.
  if (!read.ok()) return object_failed(r, object, Effect::kRead, read.error());
  const std::shared_ptr<const SecretReading>& reading = *read;
  const std::optional<certificate::Facts>& facts = reading->view.facts;
  if (reading->view.problem || !facts || facts->fingerprint != entry.fingerprint) {
    give_up(r, entry.attempt);
    r.memory.secrets.erase(object.meta.uid);
    return Step::kDone;
  }

  const SecretMaterial& material = reading->material;
  const iotda::Upload upload{material.certificate_pem, material.private_key.view(), material.password.view()};
  bool sent = false;
  const auto guard = [&] {
    const auto right = r.memory.rights.find(entry.attempt);
    const bool may = right != r.memory.rights.end() && r.clock.boot_now() < right->second && r.leadership.leading();
    if (right != r.memory.rights.end()) r.memory.rights.erase(right);
    sent = may;
    return may;
  };
  const base::BootTime began = r.clock.boot_now();
  auto added = r.access.platform->add(upload, guard, r.o.timing.upload_deadline, r.stop);
  r.memory.rights.erase(entry.attempt);
  if (sent) {
    const base::Duration took = r.clock.boot_now() - began;
    r.memory.upload_time = std::max(took, r.memory.upload_time.value_or(took) * 3 / 4);
    r.memory.allowances[object.meta.uid].spend(reading->view.versions, entry.fingerprint, began);
  }

  if (added.ok()) {
    upload_succeeded(r, entry, object, *facts, *added);
  } else {
    upload_failed(r, entry, object, added.error());
  }
  return Step::kDone;
}

}  // namespace

Step send_upload(Round& r, const Upload& action) {
  const Slot& entry = *r.slot(action.attempt);
  const ServerCertificate* object = r.certificate(action.uid);
  if (object == nullptr || object->meta.deleting || object->suspend) {
    give_up(r, action.attempt);
    return Step::kDone;
  }
  return send(r, entry, *object);
}

}  // namespace controller
