#include "simulator/domain_configuration.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/text.h"

namespace simulator {
namespace {

constexpr std::string_view kProtocol = "Device-MQTTS";
constexpr std::size_t kMaxId = 36;

base::Err<Refused> invalid(std::string detail) {
  return base::Err(Refused{Refusal::kInvalidInput, std::move(detail)});
}

bool is_label(std::string_view s) {
  return !s.empty() && s.size() <= 63 && base::is_alphanumeric(s.front()) &&
         std::all_of(s.begin(), s.end(), [](char c) { return base::is_alphanumeric(c) || c == '-'; });
}

/// [a-zA-Z0-9][-a-zA-Z0-9]{0,62}(\.[a-zA-Z0-9][-a-zA-Z0-9]{0,62})+\.?
bool is_domain_name(std::string_view s) {
  if (s.ends_with('.')) s.remove_suffix(1);
  const auto labels = base::split(s, '.');
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), is_label);
}

/// Reads the members that create and update have in common.
base::Result<DomainChanges, Refused> read_shared(json::Value body) {
  DomainChanges out;
  if (const json::Value id = body["server_certificate_id"]) {
    if (!id.string() || id.string()->empty() || id.string()->size() > kMaxId) {
      return invalid("server_certificate_id must have 1 to 36 characters.");
    }
    out.server_certificate_id = *id.string();
  }
  const json::Value config = body["server_certificate_config"];
  if (config && !config.is_object()) return invalid("server_certificate_config must be an object.");
  if (config) out.ocsp.emplace();
  for (const auto& [key, value] : config.members()) {
    if (key == "ocsp_stapling_enable" && value.boolean()) {
      out.ocsp->stapling_enable = *value.boolean();
    } else if (key == "ocsp_ssl_enable" && value.boolean()) {
      out.ocsp->ssl_enable = *value.boolean();
    } else if (key == "ocsp_server_ca_id" && value.string() && value.string()->size() <= kMaxId) {
      out.ocsp->server_ca_id = *value.string();
    } else {
      return invalid("server_certificate_config." + std::string(key) + " is not valid.");
    }
  }
  return out;
}

}  // namespace

DomainConfiguration DomainChanges::applied_to(DomainConfiguration current) const {
  current.server_certificate_id = server_certificate_id.value_or(current.server_certificate_id);
  current.ocsp = ocsp.value_or(current.ocsp);
  return current;
}

base::Result<DomainConfiguration, Refused> read_new_domain(json::Value body) {
  DomainConfiguration out;
  out.domain_name = body["domain_name"].string_or("");
  if (!is_domain_name(out.domain_name)) return invalid("domain_name is not valid.");
  if (body["access_protocol"].string() != kProtocol) return invalid("access_protocol must be Device-MQTTS.");
  if (!body["server_certificate_id"]) return invalid("server_certificate_id is missing.");
  const auto shared = read_shared(body);
  if (!shared) return base::Err(shared.error());
  return shared->applied_to(out);
}

base::Result<DomainChanges, Refused> read_domain_changes(json::Value body) {
  for (const auto& [key, value] : body.members()) {
    if (key != "server_certificate_id" && key != "server_certificate_config") {
      return invalid(std::string(key) + " cannot be changed.");
    }
  }
  return read_shared(body);
}

void write_members(json::Writer& w, const DomainConfiguration& c) {
  w.member("configuration_id", c.id)
      .member("domain_name", c.domain_name)
      .member("access_protocol", kProtocol)
      .member("server_certificate_id", c.server_certificate_id)
      .key("server_certificate_config")
      .begin_object()
      .member("ocsp_stapling_enable", c.ocsp.stapling_enable)
      .member("ocsp_server_ca_id", c.ocsp.server_ca_id)
      .member("ocsp_ssl_enable", c.ocsp.ssl_enable)
      .end_object();
}

std::string to_json(const DomainConfiguration& configuration) {
  json::Writer w;
  w.begin_object();
  write_members(w, configuration);
  return w.end_object().take();
}

}  // namespace simulator
