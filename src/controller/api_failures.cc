#include "controller/api_failures.h"

#include <chrono>

#include "base/backoff.h"
#include "controller/refusals.h"
#include "controller/reports.h"
#include "os/log.h"

namespace controller {
namespace {

constexpr base::Backoff::Policy kReadPause{std::chrono::seconds(1), std::chrono::minutes(1)};
constexpr base::Backoff::Policy kWritePause{std::chrono::seconds(1), std::chrono::minutes(5)};

std::string describe(const ServerCertificate& object, Effect effect, const kube::Error& error) {
  const std::string& ns = object.meta.name.ns;
  const std::string name = "ServerCertificate " + object.meta.name.to_string();
  const bool forbidden = error.code == kube::Error::Code::kForbidden;
  if (effect == Effect::kRead) {
    return "cannot read " + name + " and its Secret " + object.secret + ": " + told(error) +
           (forbidden ? "; check the operator's Role and RoleBinding in namespace " + ns : "");
  }
  return "the API server rejected an update of " +
         std::string(effect == Effect::kStatus ? "the status" : "the finalizers") + " of " + name + ": " + told(error) +
         (forbidden ? "; check the operator's Role and the admission policies in namespace " + ns : "");
}

}  // namespace

Step failed(const Round& r, const char* what, const kube::Error& error) {
  if (error.code != kube::Error::Code::kCancelled) {
    os::log::warn(
        "a request to the API server failed",
        {{"doing", what}, {"instance", r.o.instance_name}, {"status", error.status}, {"error", error.message}});
  }
  return Step::kFailed;
}

bool note_trouble(Round& r, const Uid& uid, Effect effect, std::string message) {
  Trouble& trouble = r.memory.object_troubles[{uid, effect}];
  ++trouble.failures;
  trouble.message = std::move(message);
  const base::Duration pause =
      base::backoff_delay(effect == Effect::kRead ? kReadPause : kWritePause, trouble.failures);
  trouble.next_attempt = r.clock.boot_now() + pause;
  return trouble.failures == 1;
}

Step object_failed(Round& r, const ServerCertificate& object, Effect effect, const kube::Error& error) {
  if (error.code == kube::Error::Code::kCancelled) return Step::kFailed;
  const bool all = concerns_all(error);
  // If only requests for this object time out, the next reconcile must not begin with it.
  if (!all || error.code == kube::Error::Code::kTransport) {
    const std::string message = describe(object, effect, error);
    const bool news = note_trouble(r, object.meta.uid, effect, message);
    const Reason reason = effect == Effect::kRead ? Reason::kSecretReadFailed : Reason::kWriteRefused;
    if (news && !all) publish(r, object, true, name_of(reason), "Reconcile", message);
  }
  return all ? failed(r, "reconcile a ServerCertificate", error) : Step::kDone;
}

Step owner_failed(Round& r, const kube::ObjectName& name, const Uid& uid, const kube::Error& error) {
  if (const ServerCertificate* object = r.certificate(uid)) return object_failed(r, *object, Effect::kRead, error);
  if (concerns_all(error)) return failed(r, "read a ServerCertificate", error);
  note_trouble(r, uid, Effect::kRead, "cannot read ServerCertificate " + name.to_string() + ": " + told(error));
  return Step::kDone;
}

void object_worked(Round& r, const ServerCertificate& object, Effect effect) {
  if (r.memory.object_troubles.erase({object.meta.uid, effect}) == 0) return;
  os::log::info("a failed operation recovered",
                {{"servercertificate", object.meta.name.to_string()}, {"instance", r.o.instance_name}});
}

}  // namespace controller
