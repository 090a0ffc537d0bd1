#include "controller/live_reads.h"

#include <utility>

#include "controller/api_failures.h"

namespace controller {

bool LiveOwner::wishes(const std::string& domain) const {
  return object && !object->meta.deleting && object->domain && object->domain->name == domain;
}

base::Result<LiveOwner, Step> read_owner(Round& r, const kube::ObjectName& name, const Uid& uid) {
  auto read = r.api.get(kServerCertificates, name, r.stop);
  if (!read.ok()) {
    if (read.error().code == kube::Error::Code::kNotFound) return LiveOwner{};
    return base::Err(owner_failed(r, name, uid, read.error()));
  }
  LiveOwner live{.object = parse_server_certificate(read->root())};
  const meta::Metadata& now = live.object->meta;
  const ServerCertificate* seen = r.certificate(now.uid);
  live.same = now.uid == uid;
  live.unchanged = seen != nullptr && now.generation == seen->meta.generation && now.deleting == seen->meta.deleting;
  return live;
}

kube::Result<SecretReading> read_secrets_now(Round& r, const ServerCertificate& object) {
  const Store::Moment asked = r.store.moment();
  auto reading = read_secrets(r.api, object, r.inspect, r.o.now, r.stop);
  if (!reading.ok()) return reading;
  for (const SecretVersion& seen : reading->view.versions) {
    r.store.read_secret({object.meta.name.ns, seen.name},
                        seen.resource_version.empty() ? std::nullopt : std::optional(seen), asked);
  }
  return reading;
}

Step reload_instance(Round& r) {
  auto live = r.api.get(kInstances, {"", r.o.instance_name}, r.stop);
  if (live.ok()) {
    r.store.wrote(parse_instance(live->root()));
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    r.store.deleted_instance(r.o.instance_name, r.o.instance->meta.uid);
    return Step::kDone;
  }
  return failed(r, "read an IoTDAInstance", live.error());
}

Step reload_certificate(Round& r, const meta::Metadata& known) {
  auto live = r.api.get(kServerCertificates, known.name, r.stop);
  if (live.ok()) {
    // wrote() does not take a new object with the same name.
    ServerCertificate object = parse_server_certificate(live->root());
    const ServerCertificate* seen = r.certificate(object.meta.uid);
    if (seen == nullptr) {
      r.store.watched(std::move(object));
    } else {
      r.store.wrote(std::move(object));
    }
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    r.store.deleted_certificate(known.name, known.uid);
    return Step::kDone;
  }
  return object_failed(r, *r.certificate(known.uid), Effect::kRead, live.error());
}

}  // namespace controller
