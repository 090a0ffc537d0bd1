#include "controller/platform_failures.h"

#include <algorithm>
#include <chrono>

#include "base/time_format.h"

namespace controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Permissions take minutes to spread, and an access key is locked after a few rejected signatures in a row.
constexpr base::Backoff::Policy kRefusedPause{minutes(1), minutes(15)};
constexpr base::Backoff::Policy kThrottledPause{seconds(5), minutes(5)};
constexpr base::Backoff::Policy kUnavailablePause{seconds(1), minutes(1)};
constexpr base::Backoff::Policy kDeletePause{minutes(1), hours(1)};

LastError last_error(const iotda::Error& error, Reason reason, base::SystemTime now) {
  return {base::to_rfc3339(now), std::string(name_of(reason)), error.message, error.http_status, error.error_code,
          error.request_id};
}

void shut(const Round& r, std::optional<Gate>& gate, const iotda::Error& error) {
  Reason reason = Reason::kPlatformUnavailable;
  base::Backoff::Policy pause = kUnavailablePause;
  if (error.code == iotda::Error::Code::kUnauthorized) {
    reason = Reason::kCredentialsRejected;
    pause = kRefusedPause;
  } else if (error.code == iotda::Error::Code::kForbidden) {
    reason = Reason::kPermissionDenied;
    pause = kRefusedPause;
  } else if (error.code == iotda::Error::Code::kThrottled) {
    reason = Reason::kThrottled;
    pause = kThrottledPause;
  } else if (error.code == iotda::Error::Code::kRejected) {
    pause = kRefusedPause;
  }
  const int failures = (gate ? gate->failures : 0) + 1;
  const base::Duration wait = std::max(base::backoff_delay(pause, failures), error.retry_after.value_or(seconds(0)));
  const base::SystemTime now = r.clock.system_now();
  gate = Gate{reason, last_error(error, reason, now), r.clock.boot_now() + wait, now + wait, failures};
}

void note_failure(const Round& r, Trouble& trouble, std::string message) {
  ++trouble.failures;
  trouble.message = std::move(message);
  trouble.next_attempt = r.clock.boot_now() + base::backoff_delay(kDeletePause, trouble.failures);
}

}  // namespace

void shut_gate(Round& r, const iotda::Error& error) {
  shut(r, r.memory.gate, error);
}

void open_gate(Round& r) {
  r.memory.gate.reset();
}

void shut_upload_gate(Round& r, const iotda::Error& error) {
  shut(r, r.memory.add_gate, error);
}

void refused(Round& r, Refused what, const ServerCertificate& object, const iotda::Error& error, Reason reason,
             const base::Backoff::Policy& pause, CertificateId id) {
  const SecretView* view = r.secret_view(object.meta.uid);
  const base::SystemTime now = r.clock.system_now();
  // The status recalls a rejection from before a restart.
  const Rejection* before = nullptr;
  for (const CertificateView& seen : r.o.certificates) {
    if (seen.object->meta.uid != object.meta.uid) continue;
    before = what == Refused::kUpload ? seen.refusal() : seen.binding_refusal();
  }
  if (what == Refused::kUpload) {
    r.memory.allowances[object.meta.uid].refused();
    r.memory.refused_uploads.try_emplace(object.meta.name.ns, kRefusedBurst, kRefusedRefill)
        .first->second.spend(r.clock.boot_now());
  }
  const int attempts = before == nullptr ? 1 : before->attempts + 1;
  auto& rejections = what == Refused::kUpload ? r.memory.rejections : r.memory.binding_rejections;
  rejections[object.meta.uid] = {object.meta.generation,
                                 view->versions,
                                 last_error(error, reason, now),
                                 attempts,
                                 now + base::backoff_delay(pause, attempts),
                                 std::move(id)};
}

void deletion_failed(Round& r, const Attempt& attempt, std::string message) {
  note_failure(r, r.memory.delete_troubles[attempt], std::move(message));
}

void removal_failed(Round& r, const std::string& domain, std::string message) {
  note_failure(r, r.memory.domain_troubles[domain], std::move(message));
}

void deny_inventory(Round& r) {
  r.memory.inventory_denied = true;
  r.memory.inventory.reset();
  r.memory.unshown.clear();
  if (r.memory.domains) r.memory.domains->ended = r.clock.boot_now();
  open_gate(r);
}

}  // namespace controller
