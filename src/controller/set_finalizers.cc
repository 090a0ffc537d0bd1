#include "controller/set_finalizers.h"

#include <string>
#include <string_view>
#include <utility>

#include "controller/api_failures.h"
#include "controller/live_reads.h"
#include "controller/refusals.h"
#include "json/writer.h"

namespace controller {
namespace {

constexpr std::string_view kMetadataManager = "iotda-operator";

/// A merge patch that sets the finalizers. The API server rejects it if the object has changed since it was observed.
std::string finalizers_body(const meta::Metadata& meta, std::string_view finalizer, bool present) {
  json::Writer out;
  out.begin_object().key("metadata").begin_object();
  out.member("uid", meta.uid.str()).member("resourceVersion", meta.resource_version);
  out.key("finalizers").begin_array();
  for (const std::string& f : meta.finalizers) {
    if (f != finalizer) out.value(f);
  }
  if (present) out.value(finalizer);
  out.end_array().end_object().end_object();
  return out.take();
}

}  // namespace

Step set_certificate_finalizer(Round& r, const SetCertificateFinalizer& action) {
  const ServerCertificate& object = *r.certificate(action.uid);
  if (!r.leadership.leading()) return Step::kDone;
  if (!action.present && r.o.instance) {
    const std::string before = r.o.instance->meta.resource_version;
    if (reload_instance(r) == Step::kFailed) return Step::kFailed;
    const auto snapshot = r.store.snapshot(r.o.instance_name);
    if (snapshot.instance && snapshot.instance->meta.resource_version != before) return Step::kDone;
  }
  auto written = r.api.patch(kServerCertificates, object.meta.name,
                             finalizers_body(object.meta, kCertificateFinalizer, action.present),
                             {.field_manager = kMetadataManager}, r.stop);
  if (written.ok()) {
    // After the last finalizer was removed, the response has an old version, but the object is gone.
    ServerCertificate now = parse_server_certificate(written->root());
    if (now.meta.deleting && now.meta.finalizers.empty()) {
      r.store.deleted_certificate(object.meta.name, object.meta.uid);
    } else {
      r.store.wrote(std::move(now));
    }
    object_worked(r, object, Effect::kFinalizer);
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_certificate(r, object.meta);
  }
  return object_failed(r, object, Effect::kFinalizer, written.error());
}

Step set_instance_finalizer(Round& r, const SetInstanceFinalizer& action) {
  if (!r.leadership.leading()) return Step::kDone;
  auto written = r.api.patch(kInstances, r.o.instance->meta.name,
                             finalizers_body(r.o.instance->meta, kInstanceFinalizer, action.present),
                             {.field_manager = kMetadataManager}, r.stop);
  if (written.ok()) {
    r.store.wrote(parse_instance(written->root()));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_instance(r);
  }
  if (concerns_all(written.error())) return failed(r, "set the finalizer of an IoTDAInstance", written.error());
  note_trouble(r, r.o.instance->meta.uid, Effect::kFinalizer,
               "the API server rejected an update of the finalizers of IoTDAInstance " + r.o.instance_name + ": " +
                   written.error().message);
  return Step::kDone;
}

}  // namespace controller
