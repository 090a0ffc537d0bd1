#include "simulator/admin.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/number.h"
#include "base/secret.h"
#include "json/writer.h"
#include "simulator/query.h"

namespace simulator {
namespace {

server::Response answer(int status, std::string json) {
  server::Response response{.status = status, .body = std::move(json)};
  if (!response.body.empty()) response.headers.emplace_back("Content-Type", "application/json");
  return response;
}

server::Response refuse(int status, std::string_view why) {
  json::Writer w;
  return answer(status, w.begin_object().member("error", why).end_object().take());
}

void write_instance(json::Writer& w, const Target& target, const Instance& instance) {
  w.begin_object()
      .member("project_id", target.project_id)
      .member("instance_id", target.instance_id)
      .member("quota", instance.quota())
      .member("max_certificates", instance.counters().max_certificates)
      .member("adds", instance.counters().adds)
      .member("deletes", instance.counters().deletes)
      .key("certificates")
      .begin_array();
  for (const Held& held : instance.certificates()) {
    const Certificate& c = held->certificate;
    w.begin_object()
        .member("id", held->id)
        .member("common_name", c.common_name)
        .member("effective_date", c.effective_date)
        .member("expiry_date", c.expiry_date)
        .member("fingerprint", c.fingerprint)
        .end_object();
  }
  w.end_array().key("domain_configurations").begin_array();
  for (const DomainConfiguration& c : instance.configurations()) w.raw(to_json(c));
  w.end_array().end_object();
}

server::Response state(const Snapshot& snapshot) {
  json::Writer w;
  w.begin_object().key("instances").begin_array();
  for (const auto& [target, instance] : snapshot) write_instance(w, target, instance);
  return answer(200, w.end_array().end_object().take());
}

server::Response requests(const RequestLog& log, std::string_view target) {
  const Query query = parse_query(query_of(target));
  const auto since = base::parse_integer<std::uint64_t>(find(query, "since").value_or("0"));
  if (!since) return refuse(400, "since must be a number");
  const auto limit = base::parse_integer<std::size_t>(find(query, "limit").value_or("100000"));
  if (!limit) return refuse(400, "limit must be a number");
  json::Writer w;
  return answer(200, w.begin_object().key("requests").raw(to_json(log.since(*since, *limit))).end_object().take());
}

/// A page of another site, open in the same browser, can send requests to this address. The browser then adds an Origin
/// that differs from the host that it sends them to.
bool is_from_another_site(const server::Request& request) {
  const auto origin = request.header("Origin");
  return origin && *origin != "http://" + std::string(request.header("Host").value_or(""));
}

}  // namespace

server::Response Admin::handle(const server::Request& request) {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const auto is = [&](std::string_view method, std::string_view at) { return request.method == method && path == at; };

  if (is_from_another_site(request)) return refuse(403, "requests from pages of other sites are not accepted");
  if (is("GET", "/admin/state")) return state(platform_.snapshot());
  if (is("GET", "/admin/requests")) return requests(platform_.log(), target);
  if (is("GET", "/admin/behaviour")) return answer(200, to_json(platform_.behaviour()));
  if (is("GET", "/admin/faults")) return answer(200, to_json(platform_.faults()));
  if (is("DELETE", "/admin/faults")) {
    platform_.clear_faults();
    return answer(204, "");
  }
  if (is("POST", "/admin/certificates")) return add_certificate(request);
  constexpr std::string_view certificates = "/admin/certificates/";
  if (request.method == "DELETE" && path.starts_with(certificates)) {
    const bool there = platform_.remove_foreign(path.substr(certificates.size()));
    return there ? answer(204, "") : refuse(404, "no such certificate");
  }

  if (path.starts_with("/admin/iam")) return handle_iam(request);

  const bool behaviour = is("PUT", "/admin/behaviour");
  if (!behaviour && !is("POST", "/admin/faults")) return refuse(404, "no such call");
  const auto document = json::Document::parse(request.body);
  if (!document) return refuse(400, document.error().message);
  if (behaviour) {
    const auto changed = platform_.change_behaviour(document->root());
    return changed ? answer(200, to_json(platform_.behaviour())) : refuse(400, changed.error());
  }
  auto faults = parse_faults(document->root());
  if (!faults) return refuse(400, faults.error());
  platform_.add_faults(std::move(*faults));
  return answer(201, to_json(platform_.faults()));
}

server::Response Admin::add_certificate(const server::Request& request) {
  const auto document = json::Document::parse(request.body);
  if (!document) return refuse(400, document.error().message);
  const Target target{(*document)["project_id"].string_or(""), (*document)["instance_id"].string_or("")};
  auto certificate = parse_certificate((*document)["certificate_pem"].string_or(""), clock_.system_now());
  if (target.project_id.empty() || !certificate) return refuse(400, "project_id and certificate_pem are required");
  const auto held = platform_.add_foreign(target, std::move(*certificate));
  if (!held) return refuse(409, "the quota is reached");
  json::Writer w;
  return answer(201, w.begin_object().member("id", (*held)->id).end_object().take());
}

server::Response Admin::handle_iam(const server::Request& request) {
  const auto is = [&](std::string_view method, std::string_view target) {
    return request.method == method && request.target == target;
  };
  if (is("GET", "/admin/iam")) return iam_state();
  const bool behaviour = is("PUT", "/admin/iam");
  const bool revokes = is("POST", "/admin/iam/revoke");
  if (!behaviour && !revokes && !is("PUT", "/admin/iam/access-key")) return refuse(404, "no such call");
  const auto document = json::Document::parse(request.body);
  if (!document) return refuse(400, document.error().message);
  if (revokes) return revoke((*document)["what"]);
  if (!behaviour) return replace_access_key(document->root());
  const auto changed = iam_.change_behaviour(document->root());
  return changed ? iam_state() : refuse(400, changed.error());
}

server::Response Admin::iam_state() const {
  const Authenticator::Counts counts = platform_.authenticator().counts();
  json::Writer w;
  w.begin_object()
      .member("lockouts", counts.lockouts)
      .member("failures_in_a_row", counts.most_failures_in_a_row)
      .key("issued")
      .begin_object();
  for (const auto& [call, count] : iam_.issued()) w.member(name_of(call), count);
  w.end_object().key("behaviour");
  write(w, iam_.behaviour());
  return answer(200, w.end_object().take());
}

server::Response Admin::revoke(json::Value what) {
  const bool all = what.string() == "all";
  const bool tokens = all || what.string() == "tokens";
  const bool keys = all || what.string() == "keys";
  if (!tokens && !keys) return refuse(400, "what must be tokens, keys or all");
  Identities& identities = platform_.authenticator().identities();
  if (tokens) identities.revoke(Identities::Kind::kToken);
  if (keys) identities.revoke_keys();
  if (all) identities.revoke(Identities::Kind::kSession);
  return answer(204, "");
}

server::Response Admin::replace_access_key(json::Value key) {
  const auto access_key = key["access_key"].string();
  const auto secret_key = key["secret_key"].string();
  if (!access_key || !secret_key || access_key->empty() != secret_key->empty()) {
    return refuse(400, "access_key and secret_key are required; both are empty to accept no permanent key");
  }
  platform_.authenticator().replace_access_key(std::string(*access_key), base::Secret::copy_of(*secret_key));
  return answer(204, "");
}

}  // namespace simulator
