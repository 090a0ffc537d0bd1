#include <algorithm>
#include <functional>
#include <set>

#include "base/backoff.h"
#include "base/invariant.h"
#include "base/text.h"
#include "controller/executor.h"
#include "controller/refusals.h"
#include "os/log.h"
#include "planner/assessment.h"

// The statuses: written when they differ from what the API server has, and only as often as that makes sense.
namespace controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// So long a visit writes statuses of objects; then there may be something more urgent.
constexpr base::Duration kWritingTime = std::chrono::milliseconds(500);

/// Another one than for metadata, so that no apply takes the other's fields away.
constexpr std::string_view kStatusManager = "iotda-operator-status";

/// Changes by others that are mended at once; more of them in kFight are a second writer.
constexpr int kMended = 3;
constexpr base::Duration kFight = minutes(30);
constexpr base::Backoff::Policy kFightPause{seconds(10), minutes(15)};

std::size_t digest_of(const ServerCertificateStatus& status) {
  return std::hash<std::string>()(status_apply_body({}, status));
}
std::size_t digest_of(const InstanceStatus& status) {
  return std::hash<std::string>()(status_patch_body({}, status));
}

/// Server-side apply knows the schema and refuses a field that it lacks; a merge patch leaves it out.
bool about_schema(const kube::Error& error) {
  return error.message.find("not declared in schema") != std::string::npos;
}

std::string managers_of(const json::Document& object) {
  std::set<std::string> names;
  for (const json::Value& entry : object.root().path("metadata.managedFields").items()) {
    if (entry["subresource"].string_or("") != "status") continue;
    names.insert(base::printable(entry["manager"].string().value_or("")));
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Step Executor::write_statuses(const Plan& plan) {
  Step step = Step::kDone;
  if (plan.instance && *plan.instance != o_.instance->status &&
      may_write(o_.instance->meta.uid, digest_of(*plan.instance), digest_of(o_.instance->status))) {
    step = write_instance(*plan.instance);
    const bool refused = memory_.object_troubles.contains({o_.instance->meta.uid, Effect::kStatus});
    if (step == Step::kFailed && !refused) return Step::kFailed;
    note_fight(kInstances, o_.instance->meta, "IoTDAInstance");
  }
  std::vector<Turns::Entry> changed;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
    const ServerCertificate& object = *o_.certificates[i].object;
    warn_of_expiry(o_.certificates[i]);
    if (plan.certificates[i] == object.status) continue;
    changed.push_back({object.meta.uid, object.meta.name.ns});
    places.push_back(i);
  }
  const base::BootTime began = ports_.clock.boot_now();
  for (const std::size_t turn : memory_.status_turns.order(changed)) {
    const ServerCertificate& object = *o_.certificates[places[turn]].object;
    const ServerCertificateStatus& status = plan.certificates[places[turn]];
    if (!may_write(object.meta.uid, digest_of(status), digest_of(object.status))) continue;
    if (ports_.clock.boot_now() - began >= kWritingTime) {
      statuses_left_ = true;
      break;
    }
    memory_.status_turns.had(changed[turn], ports_.clock.boot_now());
    if (write_certificate(object, status) == Step::kFailed) return Step::kFailed;
    note_fight(kServerCertificates, object.meta, "ServerCertificate");
  }
  return step;
}

/// Not while it rests after a failure, nor again what the API server did not keep. Counts changes by others.
bool Executor::may_write(const std::string& uid, std::size_t wanted, std::size_t there) {
  const auto trouble = memory_.object_troubles.find({uid, Effect::kStatus});
  const base::BootTime now = ports_.clock.boot_now();
  if (trouble != memory_.object_troubles.end() && now < trouble->second.next_attempt) return false;
  const auto written = memory_.status_writes.find(uid);
  if (written == memory_.status_writes.end()) return true;
  InstanceMemory::StatusWrite& last = written->second;
  if (last.kept == there) return last.wanted != wanted;
  if (last.last_overwritten + kFight < now) last.overwritten = 0;
  ++last.overwritten;
  last.last_overwritten = now;
  return true;
}

/// Two operators that both think the status is theirs would write as fast as they can.
void Executor::note_fight(const kube::Resource& resource, const meta::Metadata& meta, const char* kind) {
  const auto written = memory_.status_writes.find(meta.uid);
  if (written == memory_.status_writes.end() || written->second.overwritten <= kMended) return;
  const int rounds = written->second.overwritten - kMended;
  Trouble& pause = memory_.object_troubles[{meta.uid, Effect::kStatus}];
  pause.next_attempt = ports_.clock.boot_now() + base::backoff_delay(kFightPause, rounds);
  if (rounds > 1) return;
  const auto live = ports_.api.get(resource, meta.name, stop_);
  const std::string managers = live.ok() ? managers_of(*live) : "";
  pause.message = "the status of " + std::string(kind) + " " + meta.name.to_string() +
                  " keeps being changed by another writer (field managers: " + managers +
                  "); find and stop that writer, for example a second installation of this operator";
  report(kind, meta, true, "StatusOverwritten", pause.message);
}

Step Executor::write_instance(const InstanceStatus& status) {
  if (!ports_.leadership.leading()) return Step::kDone;
  auto written = ports_.api.patch(kInstances, o_.instance->meta.name, status_patch_body(*o_.instance, status),
                                  {.subresource = "status", .field_manager = kStatusManager}, stop_);
  if (written.ok()) {
    Instance now = parse_instance(written->root());
    note_written(now.meta.uid, digest_of(status), digest_of(now.status));
    ports_.store.wrote(std::move(now));
    memory_.object_troubles.erase({o_.instance->meta.uid, Effect::kStatus});
    report_transition("IoTDAInstance", o_.instance->meta, find(o_.instance->status.conditions, kReady),
                      find(status.conditions, kReady));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    cause_ = "the status of IoTDAInstance " + o_.instance_name + " was not written: " + written.error().message;
    return reload_instance();
  }
  if (concerns_all(written.error())) return failed("write the status of an IoTDAInstance", written.error());
  // One status that is refused is no reason to leave the others as they were; see write_statuses().
  cause_ = "the API server rejected an update of the status of IoTDAInstance " + o_.instance_name + ": " +
           told(written.error());
  if (note_trouble(o_.instance->meta.uid, Effect::kStatus, cause_)) {
    report("IoTDAInstance", o_.instance->meta, true, "WriteRefused", cause_);
  }
  return written.error().code == kube::Error::Code::kServer ? Step::kFailed : Step::kDone;
}

Step Executor::write_certificate(const ServerCertificate& object, const ServerCertificateStatus& status) {
  if (!ports_.leadership.leading()) return Step::kDone;
  const auto send = [&](kube::PatchOptions::Type type, std::string body) {
    return ports_.api.patch(kServerCertificates, object.meta.name, std::move(body),
                            {.type = type,
                             .subresource = "status",
                             .field_manager = kStatusManager,
                             .force = type == kube::PatchOptions::Type::kApply},
                            stop_);
  };
  auto written = send(kube::PatchOptions::Type::kApply, status_apply_body(object, status));
  if (!written.ok() && about_schema(written.error())) {
    written = send(kube::PatchOptions::Type::kMerge, status_merge_body(object, status));
  }
  if (written.ok()) {
    ServerCertificate now = parse_server_certificate(written->root());
    // An apply leaves what another manager wrote, and so does an older version of ours that had to use a merge patch.
    if (now.status != status) {
      auto cleared = send(kube::PatchOptions::Type::kMerge, status_merge_body(object, status));
      if (cleared.ok()) now = parse_server_certificate(cleared->root());
    }
    note_written(now.meta.uid, digest_of(status), digest_of(now.status));
    ports_.store.wrote(std::move(now));
    object_worked(object, Effect::kStatus);
    report_transition("ServerCertificate", object.meta, find(object.status.conditions, kReady),
                      find(status.conditions, kReady));
    return Step::kDone;
  }
  const kube::Error& error = written.error();
  if (error.code == kube::Error::Code::kConflict) {
    // Made anew, or refused for a moment: what is there now needs a plan of its own.
    note_trouble(object.meta.uid, Effect::kStatus, error.message);
    return reload_certificate(object.meta);
  }
  if (error.code == kube::Error::Code::kNotFound) {
    if (const Step step = reload_certificate(object.meta); step == Step::kFailed) return step;
    const auto there = ports_.store.snapshot(o_.instance_name).certificates;
    const bool gone =
        std::none_of(there.begin(), there.end(), [&](const auto& c) { return c->meta.uid == object.meta.uid; });
    if (gone) return Step::kDone;
  }
  return object_failed(object, Effect::kStatus, error);
}

/// What the API server has now is not always what it was told.
void Executor::note_written(const std::string& uid, std::size_t wanted, std::size_t kept) {
  InstanceMemory::StatusWrite& last = memory_.status_writes[uid];
  last.wanted = wanted;
  last.kept = kept;
  if (wanted == kept) {
    memory_.skewed.erase(uid);
    return;
  }
  if (memory_.skewed.empty()) os::log::warn(planner::kOldDefinitions, {{"instance", o_.instance_name}, {"uid", uid}});
  memory_.skewed.insert(uid);
}

void Executor::report(const char* kind, const meta::Metadata& meta, bool warning, std::string_view reason,
                      const std::string& note) {
  os::log::write(warning ? os::log::Level::kWarn : os::log::Level::kInfo, note,
                 {{"event", reason}, {"kind", kind}, {"name", meta.name.to_string()}, {"instance", o_.instance_name}});
  ports_.events.publish({{std::string(kApiVersion), kind, meta.name, meta.uid, meta.resource_version},
                         warning,
                         std::string(reason),
                         "Reconcile",
                         note});
}

/// Each change of Ready is told once, both ways; of reasons that follow each other, those that are a warning.
void Executor::report_transition(const char* kind, const meta::Metadata& meta, const Condition* before,
                                 const Condition* now) {
  if (now == nullptr) return;
  const bool was_ready = before != nullptr && before->status;
  if (now->status) {
    const bool first = before == nullptr || before->reason == name_of(Reason::kSuspended);
    if (!was_ready && !first) report(kind, meta, false, kReady, now->message);
    return;
  }
  if (before != nullptr && before->reason == now->reason && !was_ready) return;
  const resources::ReasonRow& row = base::must(resources::find_reason(now->reason), "each reason has a row");
  if (row.told == resources::Told::kOnChange && !was_ready) return;
  const bool warning = row.told == resources::Told::kWarning || row.standing == resources::Standing::kStalled;
  if (row.about_content) {
    report(kind, meta, warning, "ValidationFailed", now->reason + ": " + now->message);
  } else {
    report(kind, meta, warning, now->reason, now->message);
  }
}

}  // namespace controller
