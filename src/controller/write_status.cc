#include "controller/write_status.h"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/api_failures.h"
#include "controller/live_reads.h"
#include "controller/refusals.h"
#include "controller/reports.h"
#include "os/log.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// Not the manager of the metadata: an apply would remove the fields of the other one.
constexpr std::string_view kStatusManager = "iotda-operator-status";

/// Server-side apply rejects a field that the schema lacks; a merge patch leaves it out.
bool about_schema(const kube::Error& error) {
  return error.message.find("not declared in schema") != std::string::npos;
}

/// The API server may not keep all of a status, for example if its CustomResourceDefinition is old.
void note_written(Round& r, const Uid& uid, std::size_t wanted, std::size_t kept) {
  InstanceMemory::StatusWrite& last = r.memory.status_writes[uid];
  last.wanted = wanted;
  last.kept = kept;
  if (wanted == kept) {
    r.memory.skewed.erase(uid);
    return;
  }
  if (r.memory.skewed.empty())
    os::log::warn(planner::kOldDefinitions, {{"instance", r.o.instance_name}, {"uid", uid.str()}});
  r.memory.skewed.insert(uid);
}

}  // namespace

std::size_t digest_of(const ServerCertificateStatus& status) {
  return std::hash<std::string>()(status_apply_body({}, status));
}

std::size_t digest_of(const InstanceStatus& status) {
  return std::hash<std::string>()(status_patch_body({}, status));
}

Step write_instance_status(Round& r, const InstanceStatus& status) {
  if (!r.leadership.leading()) return Step::kDone;
  auto written = r.api.patch(kInstances, r.o.instance->meta.name, status_patch_body(*r.o.instance, status),
                             {.subresource = "status", .field_manager = kStatusManager}, r.stop);
  if (written.ok()) {
    Instance now = parse_instance(written->root());
    note_written(r, now.meta.uid, digest_of(status), digest_of(now.status));
    r.store.wrote(std::move(now));
    r.memory.object_troubles.erase({r.o.instance->meta.uid, Effect::kStatus});
    report_transition(r, "IoTDAInstance", r.o.instance->meta, find(r.o.instance->status.conditions, kReady),
                      find(status.conditions, kReady));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    r.cause = "the status of IoTDAInstance " + r.o.instance_name + " was not written: " + written.error().message;
    return reload_instance(r);
  }
  if (concerns_all(written.error())) return failed(r, "write the status of an IoTDAInstance", written.error());
  // Not a failure of the reconcile: the other statuses are still written.
  r.cause = "the API server rejected an update of the status of IoTDAInstance " + r.o.instance_name + ": " +
            told(written.error());
  if (note_trouble(r, r.o.instance->meta.uid, Effect::kStatus, r.cause)) {
    report(r, "IoTDAInstance", r.o.instance->meta, true, "WriteRefused", r.cause);
  }
  return written.error().code == kube::Error::Code::kServer ? Step::kFailed : Step::kDone;
}

Step write_certificate_status(Round& r, const ServerCertificate& object, const ServerCertificateStatus& status) {
  if (!r.leadership.leading()) return Step::kDone;
  const auto send = [&](kube::PatchOptions::Type type, std::string body) {
    return r.api.patch(kServerCertificates, object.meta.name, std::move(body),
                       {.type = type,
                        .subresource = "status",
                        .field_manager = kStatusManager,
                        .force = type == kube::PatchOptions::Type::kApply},
                       r.stop);
  };
  auto written = send(kube::PatchOptions::Type::kApply, status_apply_body(object, status));
  if (!written.ok() && about_schema(written.error())) {
    written = send(kube::PatchOptions::Type::kMerge, status_merge_body(object, status));
  }
  if (written.ok()) {
    ServerCertificate now = parse_server_certificate(written->root());
    // An apply keeps the fields of other managers, and those that an earlier version has set with a merge patch.
    if (now.status != status) {
      auto cleared = send(kube::PatchOptions::Type::kMerge, status_merge_body(object, status));
      if (cleared.ok()) now = parse_server_certificate(cleared->root());
    }
    note_written(r, now.meta.uid, digest_of(status), digest_of(now.status));
    r.store.wrote(std::move(now));
    object_worked(r, object, Effect::kStatus);
    report_transition(r, "ServerCertificate", object.meta, find(object.status.conditions, kReady),
                      find(status.conditions, kReady));
    return Step::kDone;
  }
  const kube::Error& error = written.error();
  if (error.code == kube::Error::Code::kConflict) {
    // Created again, or rejected temporarily: the object that is there now needs a new plan.
    note_trouble(r, object.meta.uid, Effect::kStatus, error.message);
    return reload_certificate(r, object.meta);
  }
  if (error.code == kube::Error::Code::kNotFound) {
    if (const Step step = reload_certificate(r, object.meta); step == Step::kFailed) return step;
    const auto there = r.store.snapshot(r.o.instance_name).certificates;
    const bool gone =
        std::none_of(there.begin(), there.end(), [&](const auto& c) { return c->meta.uid == object.meta.uid; });
    if (gone) return Step::kDone;
  }
  return object_failed(r, object, Effect::kStatus, error);
}

}  // namespace controller
