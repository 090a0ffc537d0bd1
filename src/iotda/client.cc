#include "iotda/client.h"

#include <set>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/percent.h"
#include "base/text.h"
#include "base/time_format.h"
#include "cloud/answer.h"
#include "iotda/error.h"
#include "json/value.h"
#include "json/writer.h"

namespace iotda {
namespace {

/// Maximum number of entries in one page.
constexpr int kPageSize = 50;
/// Enough for the highest quota, even if pages are not full.
constexpr int kMaxPages = 20;

constexpr std::string_view kUserAgent = "iotda-operator";

std::string text_of(json::Value v, std::size_t max) {
  return base::truncate(base::printable(v.string().value_or("")), max);
}

ServerCertificate read_certificate(json::Value v) {
  ServerCertificate c;
  c.id = CertificateId(v["server_certificate_id"].string_or(""));
  c.common_name = text_of(v["common_name"], 256);
  c.effective = base::parse_compact(v["effective_date"].string_or(""));
  c.expiry = base::parse_compact(v["expiry_date"].string_or(""));
  c.owner = text_of(v["certificate_owner"], 512);
  c.issuer = text_of(v["certificate_issuer"], 512);
  c.certificate_pem = v["certificate_pem"].string_or("");
  return c;
}

DomainConfiguration read_domain(json::Value v) {
  DomainConfiguration c{ConfigurationId(v["configuration_id"].string_or("")), text_of(v["domain_name"], 253),
                        CertificateId(text_of(v["server_certificate_id"], kMaxId)), std::nullopt};
  if (const json::Value config = v["server_certificate_config"]) {
    c.ocsp = Ocsp{config["ocsp_stapling_enable"].boolean_or(false), config["ocsp_server_ca_id"].string_or(""),
                  config["ocsp_ssl_enable"].boolean_or(true)};
  }
  return c;
}

/// Source: API reference, "Creating" and "Modifying a Domain Configuration"; an update takes neither name nor protocol.
base::Secret body_of(const DomainConfiguration& wanted, bool creating) {
  json::Writer out;
  out.begin_object();
  if (creating) out.member("domain_name", wanted.domain_name).member("access_protocol", "Device-MQTTS");
  out.member("server_certificate_id", wanted.server_certificate_id.str());
  if (wanted.ocsp) {
    out.key("server_certificate_config").begin_object();
    out.member("ocsp_stapling_enable", wanted.ocsp->stapling);
    if (!wanted.ocsp->server_ca_id.empty()) out.member("ocsp_server_ca_id", wanted.ocsp->server_ca_id);
    out.member("ocsp_ssl_enable", wanted.ocsp->ssl).end_object();
  }
  out.end_object();
  return base::Secret(out.take());
}

/// The body of an upload, without a copy of the private key that is not wiped.
base::Secret body_of(const Upload& upload) {
  base::Secret body;
  body.append(R"({"certificate_pem":")");
  base::append_json_escaped(body, upload.certificate_pem);
  body.append(R"(","private_key":")");
  base::append_json_escaped(body, upload.private_key);
  if (!upload.private_key_password.empty()) {
    body.append(R"(","private_key_password":")");
    base::append_json_escaped(body, upload.private_key_password);
  }
  body.append(R"("})");
  return body;
}

Error not_sent(std::string message, Error::Code code = Error::Code::kNotSent) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

class Client final : public Platform {
 public:
  Client(Target target, const Shared& shared, CallObserver observer)
      : target_(std::move(target)),
        base_path_("/v5/iot/" + base::percent_encode(target_.project_id)),
        signer_(target_.signing, target_.region),
        provider_(shared.provider),
        pace_(shared.pace),
        transport_(shared.transport),
        clock_(shared.clock),
        observer_(std::move(observer)) {}

  Result<ServerCertificate> add(const Upload& upload, const SendGuard& guard, base::Duration deadline,
                                std::stop_token stop) override {
    http::Request request = request_for("POST", "/server-certificates", body_of(upload));
    request.deadline = deadline;
    request.fresh_connection = true;
    const cloud::Confidences confidences{upload.private_key, upload.private_key_password};
    const auto response = exchange(Call::kAdd, request, guard, stop, confidences);
    if (!response) return base::Err(response.error());
    const auto document = json::Document::parse(response->body);
    if (!document) return base::Err(unusable_answer(Call::kAdd, *response, "is not JSON"));
    ServerCertificate certificate = read_certificate(document->root());
    if (!is_usable_id(certificate.id.view())) {
      return base::Err(unusable_answer(Call::kAdd, *response, "has no server_certificate_id"));
    }
    certificate.request_id = cloud::request_id_of(response->headers, confidences);
    return certificate;
  }

  Result<std::vector<ServerCertificate>> list(std::stop_token stop) override {
    return all_pages<ServerCertificate>(Call::kList, "/server-certificates", "server_certificates", read_certificate,
                                        std::move(stop));
  }

  Result<ServerCertificate> show(const CertificateId& id, std::stop_token stop) override {
    if (!is_usable_id(id.view())) return base::Err(not_sent("showing the server certificate: its id is malformed"));
    http::Request request = request_for("GET", "/server-certificates/" + id.str());
    const auto response = exchange(Call::kShow, request, nullptr, std::move(stop));
    if (!response) return base::Err(response.error());
    const auto document = json::Document::parse(response->body);
    if (!document) return base::Err(unusable_answer(Call::kShow, *response, "is not JSON"));
    ServerCertificate certificate = read_certificate(document->root());
    if (certificate.id.empty()) certificate.id = id;
    if (certificate.id != id) {
      return base::Err(unusable_answer(Call::kShow, *response, "is not about the requested certificate"));
    }
    certificate.request_id = cloud::request_id_of(response->headers);
    return certificate;
  }

  Result<void> remove(const CertificateId& id, const SendGuard& guard, std::stop_token stop) override {
    if (!is_usable_id(id.view())) return base::Err(not_sent("deleting the server certificate: its id is malformed"));
    http::Request request = request_for("DELETE", "/server-certificates/" + id.str());
    const auto response = exchange(Call::kDelete, request, guard, std::move(stop));
    if (!response) return base::Err(response.error());
    return {};
  }

  Result<std::vector<DomainConfiguration>> list_domain_configurations(std::stop_token stop) override {
    return all_pages<DomainConfiguration>(Call::kListDomains, "/domain-configurations", "domain_configurations",
                                          read_domain, std::move(stop));
  }

  Result<ConfigurationId> create_domain_configuration(const DomainConfiguration& wanted, const SendGuard& guard,
                                                      std::stop_token stop) override {
    http::Request request = request_for("POST", "/domain-configurations", body_of(wanted, true));
    request.fresh_connection = true;
    const auto response = exchange(Call::kCreateDomain, request, guard, std::move(stop));
    if (!response) return base::Err(response.error());
    const auto document = json::Document::parse(response->body);
    if (!document) return base::Err(unusable_answer(Call::kCreateDomain, *response, "is not JSON"));
    ConfigurationId id = read_domain(document->root()).id;
    if (!is_usable_id(id.view())) {
      return base::Err(unusable_answer(Call::kCreateDomain, *response, "has no configuration_id"));
    }
    return id;
  }

  Result<void> update_domain_configuration(const DomainConfiguration& wanted, const SendGuard& guard,
                                           std::stop_token stop) override {
    if (!is_usable_id(wanted.id.view()))
      return base::Err(not_sent("updating the domain configuration: its id is malformed"));
    http::Request request = request_for("PUT", "/domain-configurations/" + wanted.id.str(), body_of(wanted, false));
    const auto response = exchange(Call::kUpdateDomain, request, guard, std::move(stop));
    if (!response) return base::Err(response.error());
    return {};
  }

  Result<void> remove_domain_configuration(const ConfigurationId& id, const SendGuard& guard,
                                           std::stop_token stop) override {
    if (!is_usable_id(id.view())) return base::Err(not_sent("deleting the domain configuration: its id is malformed"));
    http::Request request = request_for("DELETE", "/domain-configurations/" + id.str());
    const auto response = exchange(Call::kDeleteDomain, request, guard, std::move(stop));
    if (!response) return base::Err(response.error());
    return {};
  }

 private:
  http::Request request_for(std::string_view method, std::string_view path) const {
    http::Request request;
    request.method = method;
    request.target = base_path_ + std::string(path);
    request.headers.set("Host", target_.endpoint.authority());
    request.headers.set("User-Agent", kUserAgent);
    request.headers.set("X-Project-Id", target_.project_id);
    if (!target_.instance_id.empty()) request.headers.set("Instance-Id", target_.instance_id);
    return request;
  }

  http::Request request_for(std::string_view method, std::string_view path, base::Secret json) const {
    http::Request request = request_for(method, path);
    request.headers.set("Content-Type", "application/json");
    request.body = std::move(json);
    return request;
  }

  /// Gets credentials, calls the guard, signs and sends the request; a response other than 2xx is returned as an error.
  /// A request that was rejected for its credentials had no effect, so it is sent again if there are others.
  Result<http::Response> exchange(Call call, http::Request& request, const SendGuard& guard, std::stop_token stop,
                                  const cloud::Confidences& withheld = {}) {
    for (bool again = false;; again = true) {
      auto pass = provider_.pass(stop);
      if (!pass) return base::Err(error_of(call, pass.error()));
      if (const auto refusal = pace_.admit(stop)) return base::Err(error_of(call, *refusal));
      if (stop.stop_requested()) {
        pace_.abandoned();
        return base::Err(not_sent("not sent: the operator is stopping"));
      }
      if (guard && !guard()) {
        pace_.abandoned();
        return base::Err(not_sent("not sent: the time limit for sending has passed", Error::Code::kHeldBack));
      }
      signer_.authorise(request, pass->shared(), clock_.system_now());
      auto response = transport_.send(request, stop);
      if (observer_) observer_(name_of(call), response ? response->status : 0);
      if (!response) {
        report(response.error());
        return base::Err(error_of(call, response.error()));
      }
      if (response->status >= 200 && response->status < 300) {
        pace_.answered();
        accepted(*pass);
        return std::move(*response);
      }
      Error error = error_of(Asked{call, target_.signing, clock_.system_now(), withheld}, *response);
      if (error.code == Error::Code::kThrottled) {
        pace_.throttled(error.retry_after);
      } else {
        pace_.answered();
      }
      if (error.code != Error::Code::kUnauthorized) {
        if (knows_the_caller(error.code)) accepted(*pass);
        return base::Err(std::move(error));
      }
      if (!rejected(*pass, error.message) || again) return base::Err(std::move(error));
    }
  }

  /// A broken connection says nothing about the endpoint: idle ones are closed.
  void report(const http::Error& error) {
    const bool silent = error.code == http::Error::Code::kRefused || error.code == http::Error::Code::kTls ||
                        error.code == http::Error::Code::kTimeout;
    if (silent) {
      pace_.unanswered(error.message);
    } else {
      pace_.abandoned();
    }
  }

  /// Such a response comes only after the credentials were checked.
  static bool knows_the_caller(Error::Code code) {
    return code == Error::Code::kRejected || code == Error::Code::kQuota || code == Error::Code::kNotFound ||
           code == Error::Code::kForbidden;
  }

  void accepted(credentials::Provider::Pass& pass) {
    pass.accepted();
    const os::MutexLock lock(mutex_);
    accepted_ = pass.shared();
  }

  /// True: there are other credentials to try at once. If other instances are accepted with these ones and this one
  /// never was, then the fault is in its signing, region or endpoint, and says nothing about the credentials.
  bool rejected(credentials::Provider::Pass& pass, const std::string& message) {
    {
      const os::MutexLock lock(mutex_);
      if (!pass.on_trial() && accepted_.lock() != pass.shared()) return false;
    }
    return pass.rejected(message);
  }

  /// A list is complete or an error: a certificate that is missing in it would be uploaded a second time.
  template <class Item>
  Result<std::vector<Item>> all_pages(Call call, std::string_view path, std::string_view array_name,
                                      Item (*read)(json::Value), std::stop_token stop) {
    std::vector<Item> items;
    std::set<std::string> ids;
    std::string marker;
    for (int page = 1;; ++page) {
      std::string query = "?limit=" + std::to_string(kPageSize);
      if (!marker.empty()) query += "&marker=" + marker;
      http::Request request = request_for("GET", std::string(path) + query);
      const auto response = exchange(call, request, nullptr, stop);
      if (!response) return base::Err(response.error());
      const auto document = json::Document::parse(response->body);
      if (!document) return base::Err(unusable_answer(call, *response, "is not JSON"));
      const json::Value array = document->root()[array_name];
      const auto count = document->root().path("page.count").integer();
      if (!array.is_array() && count != 0) return base::Err(unusable_answer(call, *response, "has no list"));

      // Checked before the entries are read.
      if (array.size() > kMaxListed - items.size()) {
        return base::Err(unusable_answer(call, *response, "has more entries than any quota allows"));
      }
      const std::size_t before = items.size();
      const std::vector<json::Value> entries = array.items();
      for (const json::Value& entry : entries) {
        Item item = read(entry);
        if (!is_usable_id(item.id.view()))
          return base::Err(unusable_answer(call, *response, "has an entry without an id"));
        marker = item.id.str();  // the documented marker, `page.marker`, is the same: the last id of the page
        if (ids.insert(item.id.str()).second) items.push_back(std::move(item));
      }
      const bool full = entries.size() >= kPageSize;
      const bool more = full || count.value_or(0) > static_cast<std::int64_t>(items.size());
      if (!more || items.size() == before) return items;
      if (page == kMaxPages) return base::Err(unusable_answer(call, *response, "has too many pages"));
    }
  }

  const Target target_;
  const std::string base_path_;
  cloud::Signer signer_;
  credentials::Provider& provider_;
  cloud::Pace& pace_;
  http::Transport& transport_;
  os::Clock& clock_;
  const CallObserver observer_;
  os::Mutex mutex_;
  std::weak_ptr<const cloud::Credentials> accepted_ GUARDED_BY(mutex_);  ///< the last ones, by a request of this client
};

}  // namespace

std::unique_ptr<Platform> make_client(Target target, const Shared& shared, CallObserver observer) {
  return std::make_unique<Client>(std::move(target), shared, std::move(observer));
}

}  // namespace iotda
