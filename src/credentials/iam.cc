#include "credentials/iam.h"

#include <chrono>
#include <utility>

#include "base/percent.h"
#include "base/text.h"
#include "base/time_format.h"
#include "cloud/signer.h"
#include "credentials/call.h"
#include "credentials/temporary_key.h"
#include "json/value.h"
#include "json/writer.h"

namespace credentials {
namespace {

constexpr base::Duration kDeadline = std::chrono::seconds(15);
/// Lifetime of a token if the response does not say when it expires. Source: API reference, "Obtaining a User Token
/// Through Password Authentication".
constexpr base::Duration kTokenLifetime = std::chrono::hours(24);
/// Lifetime of temporary access keys that are requested.
constexpr int kKeySeconds = 21'600;
constexpr int kAgencySeconds = 3'600;

http::Request post(std::string_view target) {
  http::Request request;
  request.method = "POST";
  request.target = target;
  request.deadline = kDeadline;
  request.headers.set("User-Agent", "iotda-operator");
  return request;
}

/// A JSON text from parts that are text already, and values that are escaped.
class Body {
 public:
  Body& raw(std::string_view text) {
    body_.append(text);
    return *this;
  }
  Body& value(std::string_view text) {
    body_.append("\"");
    base::append_json_escaped(body_, text);
    body_.append("\"");
    return *this;
  }
  base::Secret take() { return std::move(body_); }

 private:
  base::Secret body_;
};

/// The token in a response of IAM.
Result<cloud::Credentials> read_token(const Ports& ports, const http::Response& response, const std::string& what,
                                      std::string origin) {
  const auto token = response.headers.get("X-Subject-Token");
  if (!token || token->empty()) {
    return base::Err(Failure{Failure::Code::kUnavailable, what + ": the response has no header X-Subject-Token"});
  }
  cloud::Credentials credentials;
  credentials.token = base::Secret::copy_of(*token);
  credentials.origin = std::move(origin);
  const auto document = json::Document::parse(response.body);
  if (document) credentials.expires = base::parse_rfc3339(document->root().path("token.expires_at").string_or(""));
  if (!credentials.expires) credentials.expires = ports.clock.system_now() + kTokenLifetime;
  return credentials;
}

}  // namespace

Result<cloud::Credentials> token_of_password(const Ports& ports, const Iam& iam, const Password& password,
                                             const std::string& project_id, std::stop_token stop) {
  Call token{Service::kIam,
             "IAM, getting a token",
             iam.iam,
             iam.route,
             post("/v3/auth/tokens?nocatalog=true"),
             {password.password.view()}};
  Body body;
  body.raw(R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":)").value(password.username);
  body.raw(R"(,"password":)").value(password.password.view());
  body.raw(R"(,"domain":{"name":)").value(password.domain);
  body.raw(R"(}}}},"scope":{"project":{)").raw(project_id.empty() ? R"("name":)" : R"("id":)");
  body.value(project_id.empty() ? iam.region : project_id).raw("}}}}");
  set_json(token.request, body.take());
  auto response = call(ports, token, std::move(stop));
  if (!response) return base::Err(std::move(response).error());
  return read_token(ports, *response, token.what, "IAM user " + base::printable(password.username));
}

Result<cloud::Credentials> key_of_identity_provider(const Ports& ports, const Iam& iam, const std::string& idp_id,
                                                    std::string_view id_token, std::stop_token stop) {
  const std::string origin = "OIDC identity provider " + base::printable(idp_id);
  Call token{Service::kIam, "IAM, getting a token for an OIDC token", iam.iam,
             iam.route,     post("/v3.0/OS-AUTH/id-token/tokens"),    {id_token}};
  token.request.headers.set("X-Idp-Id", idp_id);
  set_json(token.request, Body().raw(R"({"auth":{"id_token":{"id":)").value(id_token).raw("}}}").take());
  auto response = call(ports, token, stop);
  if (!response) return base::Err(std::move(response).error());
  const auto user = read_token(ports, *response, token.what, origin);
  if (!user) return base::Err(user.error());

  Call key{Service::kIam, "IAM, getting a temporary access key",      iam.iam,
           iam.route,     post("/v3.0/OS-CREDENTIAL/securitytokens"), {user->token.view()}};
  Body body;
  body.raw(R"({"auth":{"identity":{"methods":["token"],"token":{"id":)").value(user->token.view());
  body.raw(R"(,"duration_seconds":)" + std::to_string(kKeySeconds) + "}}}}");
  set_json(key.request, body.take());
  response = call(ports, key, std::move(stop));
  if (!response) return base::Err(std::move(response).error());
  return read_temporary_key(std::move(*response), key.what, origin);
}

Result<cloud::Credentials> key_of_trust_agency(const Ports& ports, const Iam& iam, const TrustAgency& agency,
                                               std::string_view id_token, std::stop_token stop) {
  Call key{Service::kSts, "STS, assuming an agency with an OIDC token", iam.sts,
           iam.route,     post("/v5/agencies/assume-with-oidc"),        {id_token}};
  Body body;
  body.raw(R"({"provider_urn":)").value(agency.provider_urn).raw(R"(,"agency_urn":)").value(agency.agency_urn);
  body.raw(R"(,"agency_session_name":"iotda-operator","id_token":)").value(id_token);
  body.raw(R"(,"duration_seconds":)" + std::to_string(kAgencySeconds) + "}");
  set_json(key.request, body.take());
  auto response = call(ports, key, std::move(stop));
  if (!response) return base::Err(std::move(response).error());
  return read_temporary_key(std::move(*response), key.what, "OIDC, agency " + base::printable(agency.agency_urn));
}

Result<std::string> project_of_region(const Ports& ports, const Iam& iam,
                                      const std::shared_ptr<const cloud::Credentials>& credentials,
                                      std::stop_token stop) {
  Call projects{Service::kIam, "IAM, looking up the project", iam.iam, iam.route, {}};
  http::Request& request = projects.request;
  request.target = "/v3/projects?name=" + base::percent_encode(iam.region);
  request.deadline = kDeadline;
  request.headers.set("Host", iam.iam.authority());
  request.headers.set("User-Agent", "iotda-operator");
  cloud::Signer(cloud::Signing::kStandard, iam.region).authorise(request, credentials, ports.clock.system_now());
  const auto response = call(ports, projects, std::move(stop));
  if (!response) return base::Err(response.error());
  const auto document = json::Document::parse(response->body);
  if (!document) {
    return base::Err(Failure{Failure::Code::kUnavailable, projects.what + ": the response is not JSON"});
  }
  const std::vector<json::Value> found = document->root()["projects"].items();
  if (found.size() != 1) {
    return base::Err(
        Failure{Failure::Code::kAmbiguous,
                "IAM has " + (found.empty() ? std::string("no project") : std::to_string(found.size()) + " projects") +
                    " named " + iam.region + " for these credentials; set spec.projectId"});
  }
  const std::string id = found.front()["id"].string_or("");
  if (id.empty() || id.size() > 64) {
    return base::Err(Failure{Failure::Code::kUnavailable, projects.what + ": the response has no usable project id"});
  }
  return id;
}

}  // namespace credentials
