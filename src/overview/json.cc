#include <string_view>

#include "base/time_format.h"
#include "json/writer.h"
#include "overview/overview.h"
#include "resources/last_error.h"

namespace overview {
namespace {

/// Left out when empty.
void write(json::Writer& out, std::string_view key, const std::string& text) {
  resources::write_optional(out, key, text, false);
}

void write(json::Writer& out, std::string_view key, const meta::ObjectName& name) {
  if (name.name.empty()) return;
  out.key(key).begin_object().member("namespace", name.ns).member("name", name.name).end_object();
}

void write(json::Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

void write(json::Writer& out, const Health& health) {
  out.member("state", to_string(health.state)).member("ready", health.ready);
  write(out, "reason", health.reason);
  write(out, "message", health.message);
  write(out, "since", health.since);
}

void write(json::Writer& out, const Lifetime& lifetime) {
  write(out, "effectiveDate", lifetime.effective);
  write(out, "expiryDate", lifetime.expiry);
  if (lifetime.left_percent) out.member("lifetimeLeftPercent", *lifetime.left_percent);
}

void write_trouble(json::Writer& out, const std::optional<resources::LastError>& error, const std::string& next) {
  if (error) resources::write_last_error(out, *error, false);
  write(out, "nextAttemptTime", next);
}

void write(json::Writer& out, const Slot& slot) {
  out.begin_object().member("state", slot.state);
  write(out, "origin", slot.origin);
  write(out, "owner", slot.owner);
  write(out, "reservedFor", slot.reserved_for);
  write(out, "serverCertificateId", slot.certificate_id);
  write(out, "fingerprint", slot.fingerprint);
  write(out, "commonName", slot.common_name);
  write(out, slot.lifetime);
  out.member("renewalPending", slot.renewal_pending);
  write(out, "domains", slot.domains);
  write(out, "since", slot.since);
  out.end_object();
}

void write(json::Writer& out, const Domain& domain) {
  out.begin_object().member("domainName", domain.name).member("state", domain.state).member("origin", domain.origin);
  write(out, "configurationId", domain.configuration_id);
  write(out, "owner", domain.owner);
  out.member("served", domain.served);
  write(out, "serverCertificateId", domain.certificate_id);
  out.end_object();
}

void write(json::Writer& out, const Instance& i) {
  out.begin_object().member("name", i.name);
  write(out, i.health);
  write(out, "advice", i.advice);
  write(out, "endpoint", i.endpoint);
  write(out, "region", i.region);
  write(out, "projectId", i.project_id);
  write(out, "instanceId", i.instance_id);
  write(out, "inventory", i.inventory);
  out.key("quota").begin_object().member("limit", i.limit);
  if (i.used) out.member("used", *i.used).member("foreign", i.foreign);
  out.end_object();
  out.key("slots").begin_array();
  for (const Slot& slot : i.slots) write(out, slot);
  out.end_array();
  out.key("domains").begin_array();
  for (const Domain& domain : i.domains) write(out, domain);
  out.end_array();
  out.key("waiting").begin_array();
  for (const meta::ObjectName& name : i.waiting) {
    out.begin_object().member("namespace", name.ns).member("name", name.name).end_object();
  }
  out.end_array();
  write_trouble(out, i.last_error, i.next_attempt);
  out.end_object();
}

void write(json::Writer& out, const Step& step) {
  out.begin_object().member("step", to_string(step.kind)).member("state", to_string(step.state));
  out.member("text", step.text);
  write(out, "advice", step.advice);
  out.end_object();
}

void write(json::Writer& out, const Event& event) {
  out.begin_object().member("time", base::to_rfc3339(event.time)).member("type", event.warning ? "Warning" : "Normal");
  out.member("reason", event.reason).member("note", event.note).member("count", event.count).end_object();
}

void write(json::Writer& out, const Certificate& c) {
  out.begin_object().member("namespace", c.name.ns).member("name", c.name.name).member("instance", c.instance);
  write(out, c.health);
  out.member("available", c.available).member("deleting", c.deleting).member("hasSlot", c.has_slot);
  out.key("secret").begin_object().member("name", c.secret);
  write(out, "resourceVersion", c.secret_version);
  out.end_object();
  write(out, "serverCertificateId", c.certificate_id);
  write(out, "fingerprint", c.fingerprint);
  write(out, "commonName", c.common_name);
  write(out, c.lifetime);
  write(out, "lastUploadTime", c.last_upload);
  if (!c.pending_fingerprint.empty()) {
    out.key("pending").begin_object().member("fingerprint", c.pending_fingerprint);
    write(out, "expiryDate", c.pending_expiry);
    out.end_object();
  }
  write(out, "domainName", c.domain);
  write(out, "domainConfigurationId", c.configuration_id);
  if (c.attempts != 0) out.member("attempts", c.attempts);
  write_trouble(out, c.last_error, c.next_attempt);
  out.key("story").begin_array();
  for (const Step& step : c.story) write(out, step);
  out.end_array();
  out.key("events").begin_array();
  for (const Event& event : c.events) write(out, event);
  out.end_array();
  out.end_object();
}

void write(json::Writer& out, const Need& need) {
  out.begin_object().member("kind", need.kind);
  write(out, "namespace", need.name.ns);
  out.member("name", need.name.name).member("reason", need.reason).member("message", need.message);
  write(out, "since", need.since);
  write(out, "expiryDate", need.expiry);
  out.end_object();
}

}  // namespace

std::string to_json(const Overview& overview) {
  json::Writer out;
  out.begin_object().member("version", 1).member("time", base::to_rfc3339(overview.time));
  out.member("allReady", overview.all_ready());
  out.key("needsAction").begin_array();
  for (const Need& need : overview.needs) write(out, need);
  out.end_array();
  out.key("instances").begin_array();
  for (const Instance& instance : overview.instances) write(out, instance);
  out.end_array();
  out.key("certificates").begin_array();
  for (const Certificate& certificate : overview.certificates) write(out, certificate);
  out.end_array();
  write(out, "unread", overview.unread);
  out.end_object();
  return out.take();
}

}  // namespace overview
