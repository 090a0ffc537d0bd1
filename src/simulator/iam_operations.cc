#include "simulator/iam_operations.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/number.h"
#include "base/text.h"
#include "base/time_format.h"
#include "json/value.h"
#include "json/writer.h"
#include "os/file.h"
#include "simulator/query.h"

namespace simulator {
namespace {

using std::chrono::seconds;
using Answer = base::Result<server::Response, ErrorAnswer>;

// Lifetimes in seconds, unless the request or the behaviour has another.
constexpr int kSecurityTokenLifetime = 900;
constexpr int kAssumedLifetime = 3'600;
constexpr int kPodLifetime = 21'600;
constexpr int kAgencyLifetime = 86'400;

constexpr const char* kNotAuthenticated = "The request you have made requires authentication.";

Answer refuse(int status, std::string_view message) {
  return base::Err(ErrorAnswer{status, "", std::string(message), 0});
}

server::Response json_response(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "application/json; charset=UTF-8"}}, .body = std::move(body)};
}

/// Nothing if the body is not a JSON object.
std::optional<json::Document> parse_object(const server::Request& request) {
  auto document = json::Document::parse(request.body);
  if (!document || !document->root().is_object()) return std::nullopt;
  return std::move(document).value();
}

/// The same for calls that require the content type.
std::optional<json::Document> parse_body(const server::Request& request) {
  const std::string type = base::to_lower(request.header("Content-Type").value_or(""));
  return type.starts_with("application/json") ? parse_object(request) : std::nullopt;
}

bool has_method(json::Value identity, std::string_view method) {
  const auto methods = identity["methods"].items();
  return methods.size() == 1 && methods.front().string() == method;
}

/// The duration_seconds of a request; nothing if it is not between `min` and `max`.
std::optional<int> duration(json::Value value, int min, int max, int otherwise) {
  if (!value) return otherwise;
  const auto given = value.integer();
  if (!given || *given < min || *given > max) return std::nullopt;
  return static_cast<int>(*given);
}

/// Whether the content of the file, without surrounding white space, is this text, and is not empty.
bool file_has(const std::string& path, std::string_view text) {
  const auto content = os::read_file(path);
  return content && !text.empty() && base::trim(content->view()) == text;
}

bool is_id_token(const IamContext& context, std::string_view token) {
  const auto& files = context.settings.oidc_token_files;
  return std::any_of(files.begin(), files.end(), [&](const std::string& path) { return file_has(path, token); });
}

/// A temporary access key, with the time when it expires.
struct Issued {
  TemporaryKey key;
  base::SystemTime end;
};

Issued issue_key(const IamContext& context, int lifetime) {
  const seconds life(context.behaviour.key_seconds > 0 ? context.behaviour.key_seconds : lifetime);
  return {context.authenticator.identities().issue_key(life), context.now + life};
}

/// In the spelling of IAM and of the metadata service.
std::string write_credential(const Issued& issued) {
  json::Writer w;
  return w.begin_object()
      .key("credential")
      .begin_object()
      .member("access", issued.key.access_key)
      .member("expires_at", base::to_rfc3339_micro(issued.end))
      .member("secret", issued.key.secret_key.view())
      .member("securitytoken", issued.key.security_token.view())
      .end_object()
      .end_object()
      .take();
}

// --- tokens ---

/// Issues a token: the text is in a header, the rest in the body.
Answer token_response(const IamContext& context, std::string_view method, std::string_view user,
                      const IamSettings::Project* project) {
  const seconds life(context.behaviour.token_seconds);
  const base::Secret token = context.authenticator.identities().issue(Identities::Kind::kToken, life);
  const auto write_domain = [&](json::Writer& w) {
    w.key("domain").begin_object().member("name", context.settings.user.domain).end_object();
  };
  json::Writer w;
  w.begin_object().key("token").begin_object();
  w.member("expires_at", base::to_rfc3339_micro(context.now + life));
  w.member("issued_at", base::to_rfc3339_micro(context.now));
  w.key("methods").begin_array().value(method).end_array();
  w.key("user").begin_object().member("name", user);
  write_domain(w);
  w.end_object();
  if (project != nullptr) {
    w.key("project").begin_object().member("id", project->id).member("name", project->name);
    write_domain(w);
    w.end_object();
  }
  server::Response response = json_response(201, w.end_object().end_object().take());
  response.headers.emplace_back("X-Subject-Token", token.view());
  return response;
}

Answer token(const server::Request& request, const IamContext& context) {
  const auto document = parse_body(request);
  if (!document) return refuse(400, "Request body is invalid.");
  const json::Value identity = document->root().path("auth.identity");
  const json::Value project = document->root().path("auth.scope.project");
  const auto id = project["id"].string();
  const auto name = project["name"].string();
  if (!has_method(identity, "password") || (!id && !name)) return refuse(400, "Request parameter is invalid.");

  const IamSettings::User& known = context.settings.user;
  const json::Value user = identity.path("password.user");
  if (known.name.empty() || user["name"].string() != known.name || user.path("domain.name").string() != known.domain ||
      user["password"].string() != known.password.view()) {
    return refuse(401, "The username or password is wrong.");
  }
  const auto& projects = context.settings.projects;
  const auto found = std::find_if(projects.begin(), projects.end(),
                                  [&](const IamSettings::Project& p) { return id ? p.id == *id : p.name == *name; });
  if (found == projects.end()) return refuse(404, "The project does not exist.");
  return token_response(context, "password", known.name, &*found);
}

Answer id_token(const server::Request& request, const IamContext& context) {
  const auto document = parse_body(request);
  if (!document) return refuse(400, "Request body is invalid.");
  if (request.header("X-Idp-Id").value_or("").empty()) return refuse(400, "Request header 'X-Idp-Id' is missing.");
  const auto given = document->root().path("auth.id_token.id").string();
  if (!given) return refuse(400, "Request parameter 'auth.id_token.id' is missing.");
  if (!is_id_token(context, *given)) return refuse(401, "The ID token is invalid.");
  return token_response(context, "mapped", "federated-user", nullptr);
}

// --- projects ---

/// The error of IAM for a request that the authenticator rejects. Errors of signatures are those of the gateway.
ErrorAnswer refusal_of(const Refused& refused, const Behaviour& behaviour) {
  switch (refused.why) {
    case Refusal::kMissingToken:
      return {401, "", kNotAuthenticated, 0};
    case Refusal::kInvalidToken:
    case Refusal::kTokenExpired:
      return {401, "", "The X-Auth-Token is invalid!", 0};
    case Refusal::kWrongAlgorithm:
      return behaviour.answer_to({Refusal::kMalformedAuthorization});
    default:
      return behaviour.answer_to(refused);
  }
}

Answer projects(const server::Request& request, const IamContext& context) {
  Behaviour rules = context.platform;
  rules.signing = Signing::kStandard;
  if (const auto refused = context.authenticator.check(request, rules)) {
    return base::Err(refusal_of(*refused, context.platform));
  }
  const Query query = parse_query(query_of(request.target));
  const auto name = find(query, "name");
  json::Writer w;
  w.begin_object().key("projects").begin_array();
  for (const IamSettings::Project& project : context.settings.projects) {
    if (name && project.name != *name) continue;
    w.begin_object()
        .member("id", project.id)
        .member("name", project.name)
        .member("enabled", true)
        .member("is_domain", false)
        .end_object();
  }
  w.end_array().key("links").begin_object().key("next").null().key("previous").null().end_object();
  return json_response(200, w.end_object().take());
}

// --- temporary access keys ---

Answer security_token(const server::Request& request, const IamContext& context) {
  const auto document = parse_body(request);
  if (!document) return refuse(400, "Request body is invalid.");
  const json::Value identity = document->root().path("auth.identity");
  const auto lifetime = duration(identity.path("token.duration_seconds"), 900, 86'400, kSecurityTokenLifetime);
  if (!has_method(identity, "token") || !lifetime) return refuse(400, "Request parameter is invalid.");
  const auto given = identity.path("token.id").string();
  if (!given) return refuse(401, kNotAuthenticated);
  if (const auto refused = context.authenticator.check_token(*given)) {
    return base::Err(refusal_of(*refused, context.platform));
  }
  return json_response(201, write_credential(issue_key(context, *lifetime)));
}

Answer assume_with_oidc(const server::Request& request, const IamContext& context) {
  const auto document = parse_body(request);
  if (!document) return refuse(400, "The body is not a JSON object.");
  const auto text = [&](std::string_view key, std::size_t min, std::size_t max) -> std::optional<std::string_view> {
    const auto value = (*document)[key].string();
    return value && value->size() >= min && value->size() <= max ? value : std::nullopt;
  };
  constexpr std::size_t any = std::string_view::npos;
  if (!text("provider_urn", 1, any)) return refuse(400, "provider_urn is required");
  const auto agency = text("agency_urn", 1, any);
  if (!agency) return refuse(400, "agency_urn is required");
  if (!text("agency_session_name", 2, 128)) return refuse(400, "agency_session_name must have 2 to 128 characters");
  const auto given = text("id_token", 4, 20'000);
  if (!given) return refuse(400, "id_token must have 4 to 20000 characters");
  const auto lifetime = duration((*document)["duration_seconds"], 900, 43'200, kAssumedLifetime);
  if (!lifetime) return refuse(400, "duration_seconds must be 900 to 43200");
  if (!is_id_token(context, *given)) return refuse(401, "the id_token is invalid");

  const Issued issued = issue_key(context, *lifetime);
  json::Writer w;
  w.begin_object().key("assumed_agency").begin_object().member("urn", *agency).end_object();
  w.key("credentials")
      .begin_object()
      .member("access_key_id", issued.key.access_key)
      .member("secret_access_key", issued.key.secret_key.view())
      .member("security_token", issued.key.security_token.view())
      .member("expiration", base::to_rfc3339_micro(issued.end))
      .end_object();
  return json_response(200, w.end_object().take());
}

Answer pod_identity(const server::Request& request, const IamContext& context) {
  const auto document = parse_object(request);
  if (!document || !document->root().members().empty()) return refuse(400, "The body must be {}.");
  if (!file_has(context.settings.pod_token_file, request.header("Authorization").value_or(""))) {
    return refuse(401, "The authorization token is invalid.");
  }
  const Issued issued = issue_key(context, kPodLifetime);
  json::Writer w;
  w.begin_object()
      .key("credentials")
      .begin_object()
      .member("accessKeyId", issued.key.access_key)
      .member("secretAccessKey", issued.key.secret_key.view())
      .member("securityToken", issued.key.security_token.view())
      .member("expiration", base::to_rfc3339(issued.end))
      .end_object();
  return json_response(200, w.end_object().take());
}

// --- metadata ---

Answer metadata_session(const server::Request& request, const IamContext& context) {
  if (context.behaviour.metadata_sessions == MetadataSessions::kAbsent) return refuse(404, "404 Not Found");
  const auto life = base::parse_integer<int>(request.header("X-Metadata-Token-Ttl-Seconds").value_or(""));
  if (!life || *life < 1 || *life > 21'600) return refuse(400, "400 Bad Request");
  const base::Secret session = context.authenticator.identities().issue(Identities::Kind::kSession, seconds(*life));
  return server::Response{
      .status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = std::string(session.view())};
}

Answer metadata_key(const server::Request& request, const IamContext& context) {
  const MetadataSessions sessions = context.behaviour.metadata_sessions;
  const auto given = request.header("X-Metadata-Token");
  if (sessions == MetadataSessions::kRequired || (sessions == MetadataSessions::kOptional && given)) {
    const Identities& identities = context.authenticator.identities();
    const bool valid = identities.state_of(Identities::Kind::kSession, given.value_or("")) == Identities::State::kValid;
    if (!valid) return refuse(401, "401 Unauthorized");
  }
  if (!context.behaviour.agency) return refuse(404, "404 Not Found");
  return json_response(200, write_credential(issue_key(context, kAgencyLifetime)));
}

}  // namespace

Answer perform(IamCall call, const server::Request& request, const IamContext& context) {
  switch (call) {
    case IamCall::kToken:
      return token(request, context);
    case IamCall::kProjects:
      return projects(request, context);
    case IamCall::kIdToken:
      return id_token(request, context);
    case IamCall::kSecurityToken:
      return security_token(request, context);
    case IamCall::kAssumeWithOidc:
      return assume_with_oidc(request, context);
    case IamCall::kPodIdentity:
      return pod_identity(request, context);
    case IamCall::kMetadataSession:
      return metadata_session(request, context);
    case IamCall::kMetadataKey:
      return metadata_key(request, context);
  }
  return refuse(404, "404 Not Found");
}

}  // namespace simulator
