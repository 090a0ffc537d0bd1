#include "operator/executor.h"

#include <algorithm>

#include "base/log.h"
#include "json/writer.h"
#include "operator/assessment.h"

namespace controller {
namespace {

/// Status and metadata are written under different names, so that neither apply takes the other's fields away.
constexpr std::string_view kStatusManager = "iotda-operator-status";
constexpr std::string_view kMetadataManager = "iotda-operator";

/// Merge patch that sets the finalizers, if the object is still the one that was seen.
std::string finalizers_body(const Metadata& meta, std::string_view finalizer, bool present) {
  json::Writer out;
  out.begin_object().key("metadata").begin_object();
  out.member("uid", meta.uid).member("resourceVersion", meta.resource_version);
  out.key("finalizers").begin_array();
  for (const std::string& f : meta.finalizers) {
    if (f != finalizer) out.value(f);
  }
  if (present) out.value(finalizer);
  out.end_array().end_object().end_object();
  return out.take();
}

}  // namespace

Executor::Executor(Ports ports, const Observation& observation, InstanceMemory& memory, SecretReadings& readings,
                   const PlatformAccess& access, std::stop_token stop)
    : ports_(ports), o_(observation), memory_(memory), readings_(readings), access_(access), stop_(std::move(stop)) {}

Step Executor::operator()(std::monostate /*nothing*/) {
  return Step::kDone;
}

Step Executor::operator()(const ReadSecrets& action) {
  for (const std::string& uid : action.uids) {
    const ServerCertificate& object = *certificate(uid);
    auto reading = read_now(object);
    if (!reading.ok()) return failed("read a Secret", reading.error());
    publish_warnings(object, reading->view.warnings);
    memory_.secrets[uid] = {object.meta.generation, reading->view};
    readings_.erase(uid);
    if (!reading->view.problem) readings_.emplace(uid, std::move(*reading));
  }
  return Step::kDone;
}

/// The store learns what there is, so that no later plan takes what a watch that lags has shown for the newest.
kube::Result<SecretReading> Executor::read_now(const ServerCertificate& object) {
  const Store::Moment asked = ports_.store.moment();
  auto reading = read_secrets(ports_.api, object, o_.now, stop_);
  if (!reading.ok()) return reading;
  for (const SecretVersion& seen : reading->view.versions) {
    ports_.store.read_secret({object.meta.name.ns, seen.name},
                             seen.resource_version.empty() ? std::nullopt : std::optional(seen), asked);
  }
  return reading;
}

Step Executor::operator()(const SetCertificateFinalizer& action) {
  const ServerCertificate& object = *certificate(action.uid);
  if (!action.present && o_.instance) {
    // The last moment to learn of an entry that our view of the ledger is too old to have.
    const std::string before = o_.instance->meta.resource_version;
    if (reload_instance() == Step::kFailed) return Step::kFailed;
    const auto snapshot = ports_.store.snapshot(o_.instance_name);
    if (snapshot.instance && snapshot.instance->meta.resource_version != before) return Step::kDone;
  }
  auto written = ports_.api.patch(kServerCertificates, object.meta.name,
                                  finalizers_body(object.meta, kCertificateFinalizer, action.present),
                                  {.field_manager = kMetadataManager}, stop_);
  if (written.ok()) {
    // The answer to the patch that takes the last finalizer away has an old version: the object is gone.
    ServerCertificate now = parse_server_certificate(written->root());
    if (now.meta.deleting && now.meta.finalizers.empty()) {
      ports_.store.deleted_certificate(object.meta.name, object.meta.uid);
    } else {
      ports_.store.wrote(std::move(now));
    }
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_certificate(object.meta);
  }
  return failed("set the finalizer of a ServerCertificate", written.error());
}

Step Executor::operator()(const SetInstanceFinalizer& action) {
  auto written = ports_.api.patch(kInstances, o_.instance->meta.name,
                                  finalizers_body(o_.instance->meta, kInstanceFinalizer, action.present),
                                  {.field_manager = kMetadataManager}, stop_);
  if (written.ok()) {
    ports_.store.wrote(parse_instance(written->root()));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_instance();
  }
  return failed("set the finalizer of an IoTDAInstance", written.error());
}

Step Executor::operator()(const WriteLedger& action) {
  const base::BootTime began = ports_.clock.boot_now();
  if (write_instance(instance_status(o_, action.ledger, action.domains)) == Step::kFailed) return Step::kFailed;
  if (!ledger_is(action.ledger)) return Step::kDone;
  // Only what stands in the ledger may be sent, and the time for it runs from before it was written.
  for (const std::string& attempt : action.reserved) memory_.rights[attempt] = began + o_.timing.send_window;
  for (const Slot& now : action.ledger) {
    const Slot* then = slot(now.attempt);
    if (now.adopted && then == nullptr) {
      if (const ServerCertificate* object = certificate(now.owner_uid)) {
        publish(*object, false, "Adopted", "Adopt", "took over " + now.id + ", which holds the same certificate chain");
      }
    }
    if (now.state == SlotState::kRetained && then != nullptr && then->state != SlotState::kRetained) {
      if (const ServerCertificate* object = certificate(now.owner_uid)) {
        publish(*object, false, "Retained", "Delete", now.id + " is left on the platform (deletionPolicy Retain)");
      }
    }
  }
  return Step::kDone;
}

Step Executor::write_statuses(const Plan& plan) {
  if (plan.instance && *plan.instance != o_.instance->status) {
    if (write_instance(*plan.instance) == Step::kFailed) return Step::kFailed;
  }
  for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
    const ServerCertificate& object = *o_.certificates[i].object;
    warn_of_expiry(o_.certificates[i]);
    if (plan.certificates[i] == object.status) continue;
    if (write_certificate(object, plan.certificates[i]) == Step::kFailed) return Step::kFailed;
    publish_transition(object, plan.certificates[i]);
  }
  return Step::kDone;
}

const ServerCertificate* Executor::certificate(const std::string& uid) const {
  for (const CertificateView& view : o_.certificates) {
    if (view.object->meta.uid == uid) return view.object.get();
  }
  return nullptr;
}

const Slot* Executor::slot(const std::string& attempt) const {
  return o_.instance->status.slots ? find_attempt(*o_.instance->status.slots, attempt) : nullptr;
}

const SecretView* Executor::secret_view(const std::string& uid) const {
  for (const CertificateView& view : o_.certificates) {
    if (view.object->meta.uid == uid) return &view.secret;
  }
  return nullptr;
}

bool Executor::ledger_is(const Ledger& ledger) const {
  const auto snapshot = ports_.store.snapshot(o_.instance_name);
  return snapshot.instance && snapshot.instance->status.slots == ledger;
}

Step Executor::write_instance(const InstanceStatus& status) {
  if (!ports_.leadership.leading()) return Step::kDone;
  auto written = ports_.api.patch(kInstances, o_.instance->meta.name, status_patch_body(*o_.instance, status),
                                  {.subresource = "status", .field_manager = kStatusManager}, stop_);
  if (written.ok()) {
    ports_.store.wrote(parse_instance(written->root()));
    publish_transition(status);
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_instance();
  }
  return failed("write the status of an IoTDAInstance", written.error());
}

Step Executor::write_certificate(const ServerCertificate& object, const ServerCertificateStatus& status) {
  if (!ports_.leadership.leading()) return Step::kDone;
  auto written = ports_.api.patch(kServerCertificates, object.meta.name, status_apply_body(object, status),
                                  {.type = kube::PatchOptions::Type::kApply,
                                   .subresource = "status",
                                   .field_manager = kStatusManager,
                                   .force = true},
                                  stop_);
  if (written.ok()) {
    ports_.store.wrote(parse_server_certificate(written->root()));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kNotFound || written.error().code == kube::Error::Code::kConflict) {
    // Deleted, made anew, or refused for a moment: what is there now needs a plan of its own.
    reload_certificate(object.meta);
    return Step::kFailed;
  }
  return failed("write the status of a ServerCertificate", written.error());
}

Step Executor::reload_instance() {
  auto live = ports_.api.get(kInstances, {"", o_.instance_name}, stop_);
  if (live.ok()) {
    ports_.store.wrote(parse_instance(live->root()));
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    ports_.store.deleted_instance(o_.instance_name, o_.instance->meta.uid);
    return Step::kDone;
  }
  return failed("read an IoTDAInstance", live.error());
}

Step Executor::reload_certificate(const Metadata& known) {
  auto live = ports_.api.get(kServerCertificates, known.name, stop_);
  if (live.ok()) {
    // One of the same name that was made anew is for the watch to bring.
    ServerCertificate object = parse_server_certificate(live->root());
    const ServerCertificate* seen = certificate(object.meta.uid);
    if (seen == nullptr) {
      ports_.store.watched(std::move(object));
    } else {
      ports_.store.wrote(std::move(object));
    }
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    ports_.store.deleted_certificate(known.name, known.uid);
    return Step::kDone;
  }
  return failed("read a ServerCertificate", live.error());
}

Step Executor::failed(const char* what, const kube::Error& error) const {
  if (error.code != kube::Error::Code::kCancelled) {
    base::log::warn(
        "the Kubernetes API failed",
        {{"doing", what}, {"instance", o_.instance_name}, {"status", error.status}, {"error", error.message}});
  }
  return Step::kFailed;
}

void Executor::publish(const ServerCertificate& object, bool warning, const char* reason, const char* action,
                       std::string note) {
  base::log::write(
      warning ? base::log::Level::kWarn : base::log::Level::kInfo, note,
      {{"event", reason}, {"servercertificate", object.meta.name.to_string()}, {"instance", o_.instance_name}});
  ports_.events.publish(
      {{std::string(kApiVersion), "ServerCertificate", object.meta.name, object.meta.uid, object.meta.resource_version},
       warning,
       reason,
       action,
       std::move(note)});
}

/// Once for what a Secret says: a renewal with the same oddities is no news.
void Executor::publish_warnings(const ServerCertificate& object, const std::vector<Problem>& warnings) {
  const auto before = memory_.secrets.find(object.meta.uid);
  if (warnings.empty() || (before != memory_.secrets.end() && before->second.view.warnings == warnings)) return;
  std::string note;
  for (const Problem& warning : warnings) note += (note.empty() ? "" : "; ") + warning.reason + ": " + warning.message;
  publish(object, true, "ValidationWarning", "Validate", std::move(note));
}

/// Once for each chain that comes near its end without being renewed.
void Executor::warn_of_expiry(const CertificateView& view) {
  const certificate::Facts* facts = wanted(view, o_.now);
  if (facts == nullptr) return;
  const auto soon = certificate::expires_soon(*facts, o_.now, o_.timing.expiry_warning);
  if (!soon || std::exchange(memory_.expiry_warned[view.object->meta.uid], facts->fingerprint) == facts->fingerprint) {
    return;
  }
  const ServerCertificate& object = *view.object;
  publish(object, true, soon->reason.c_str(), "Validate",
          "Secret " + object.meta.name.ns + "/" + object.secret + ": " + certificate::describe(*soon));
}

void Executor::publish_transition(const InstanceStatus& status) {
  const Condition* before = find(o_.instance->status.conditions, kReady);
  const Condition* now = find(status.conditions, kReady);
  if (now == nullptr || (before != nullptr && before->reason == now->reason)) return;
  if (!stalls(now->reason) && now->reason != "Throttled") return;
  const Metadata& meta = o_.instance->meta;
  base::log::warn(now->message, {{"event", now->reason}, {"instance", o_.instance_name}});
  ports_.events.publish({{std::string(kApiVersion), "IoTDAInstance", meta.name, meta.uid, meta.resource_version},
                         true,
                         now->reason,
                         "Reconcile",
                         now->message});
}

void Executor::publish_transition(const ServerCertificate& object, const ServerCertificateStatus& status) {
  const Condition* before = find(object.status.conditions, kReady);
  const Condition* now = find(status.conditions, kReady);
  if (now == nullptr || (before != nullptr && before->reason == now->reason)) return;
  if (now->reason == "QuotaExceeded" || now->reason == "UploadInDoubt" || now->reason == "Throttled" ||
      now->reason == "DeletionBlocked" || now->reason == "RotationBlocked" || now->reason == "UploadRejected" ||
      now->reason == "BindingRejected" || now->reason == "DomainConflict" || now->reason == "ManagementConflict" ||
      now->reason == "OldCertificateBound") {
    publish(object, true, now->reason.c_str(), "Reconcile", now->message);
  } else if (secret_problem(*std::find_if(o_.certificates.begin(), o_.certificates.end(),
                                          [&](const CertificateView& view) { return view.object.get() == &object; }),
                            o_.now)) {
    publish(object, true, "ValidationFailed", "Validate", now->reason + ": " + now->message);
  }
}

}  // namespace controller
