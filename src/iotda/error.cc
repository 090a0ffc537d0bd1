#include "iotda/error.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "base/time_format.h"
#include "cloud/answer.h"
#include "iotda/meaning.h"

namespace iotda {
namespace {

using Code = Error::Code;

constexpr std::size_t kMaxMessage = 512;
constexpr std::size_t kMaxDetail = 256;

/// Texts about a call for messages.
struct Wording {
  std::string_view name;
  std::string_view attempt;
  std::string_view permission;       ///< the permission to grant
  std::string_view unknown_outcome;  ///< the possible effect if there is no response
};

const Wording& wording_of(Call call) {
  static constexpr std::array<Wording, 8> wordings{{
      {"add", "uploading the server certificate", "iotda:servercertificate:create", "; it may have been uploaded"},
      {"list", "listing the server certificates", "iotda:servercertificate:queryList", ""},
      {"show", "showing the server certificate", "the permission to show server certificates", ""},
      {"delete", "deleting the server certificate", "iotda:servercertificate:delete", "; it may have been deleted"},
      {"list_domains", "listing the domain configurations", "the permission to list domain configurations", ""},
      {"create_domain", "creating the domain configuration", "iotda:domainconfiguration:create",
       "; it may have been created"},
      {"update_domain", "updating the domain configuration", "the permission to update domain configurations",
       "; it may have been updated"},
      {"delete_domain", "deleting the domain configuration", "the permission to delete domain configurations",
       "; it may have been deleted"},
  }};
  return wordings.at(static_cast<std::size_t>(call));
}

std::string clock_advice(const http::Response& response, base::SystemTime now) {
  std::string advice = "the clock of the node is more than 15 minutes off";
  const auto skew = cloud::clock_skew(response.headers, now);
  if (skew && is_intolerable(*skew)) {
    const auto minutes = std::chrono::round<std::chrono::minutes>(std::chrono::abs(*skew));
    advice = "the clock of the node is " + base::to_string(minutes);
    advice += *skew > base::Duration::zero() ? " ahead of" : " behind";
    advice += " the clock of the platform";
  }
  return advice + ": synchronize it (NTP)";
}

std::string advice_for(Cause cause, const Asked& asked, const http::Response& response) {
  switch (cause) {
    case Cause::kNone:
      return {};
    case Cause::kWrongSigning:
      return "this endpoint does not accept the signing algorithm: dedicated domains (….iotda-app.…) need `signing: "
             "Derived`, the shared domain iotda.{region}.… needs `signing: Standard`; this request was signed as " +
             std::string(to_string(asked.signing)) + "; if that is correct, check access key, secret key and region";
    case Cause::kClock:
      return clock_advice(response, asked.now);
    case Cause::kUnknownAccessKey:
      return "the access key does not exist or is disabled: check the access key of the credentials";
    case Cause::kLocked:
      return "the access key is locked for 5 minutes after too many invalid signatures: check the secret key of the "
             "credentials, `signing` and the clock of the node";
    case Cause::kWrongKey:
      return "access key and secret key do not match or are not valid for this endpoint: check the credentials, "
             "`signing` "
             "and `region`";
    case Cause::kTokenExpired:
      return "the token or security token is not valid or has expired: if a Secret or an environment variable holds "
             "it, "
             "replace it there; the operator renews all other credentials automatically";
    case Cause::kWrongEndpoint:
      return "the endpoint does not serve this instance, or the service is not subscribed there: copy the HTTPS "
             "address for applications from the instance's access information into `endpoint`, and check `projectId` "
             "and `instanceId`";
    case Cause::kRedirect:
      return "the endpoint redirects to another address; redirects are not followed, because they could send private "
             "keys to any server: copy the HTTPS address for applications from the instance's access information into "
             "`endpoint`, and check the proxy or gateway between the operator and the platform";
    case Cause::kNoPermission:
      return "the IAM user has no permission: grant " + std::string(wording_of(asked.call).permission) +
             " (grants take a few minutes to take effect)";
    case Cause::kUnknownProject:
      return "the platform does not know the project or instance: check `projectId`, `instanceId` and `endpoint`";
    case Cause::kUnknownInstance:
      return "the platform does not know the instance: check `instanceId` (the ID in the instance's overview) and "
             "`endpoint`";
    case Cause::kThrottled:
      return "rate limited; will retry";
    case Cause::kQuota:
      return "server certificate quota reached: delete a certificate that is not needed, or request a higher quota";
    case Cause::kPage:
      return "received an HTML page instead of a response from the platform: check `endpoint`, and the proxy, gateway "
             "or firewall between the operator and the platform";
    case Cause::kInput:
      return "the platform rejected the request: check the certificate chain, the private key and the password";
  }
  std::abort();
}

std::string attempt_of(Call call) {
  return std::string(wording_of(call).attempt);
}

std::string unknown_outcome(Call call) {
  return std::string(wording_of(call).unknown_outcome);
}

}  // namespace

std::string_view name_of(Call call) {
  return wording_of(call).name;
}

Error error_of(const Asked& asked, const http::Response& response) {
  const cloud::Answer answer = cloud::read_answer(response, asked.withheld);
  const Meaning meaning = meaning_of(asked, response, answer);

  std::string message = attempt_of(asked.call) + " failed (HTTP " + std::to_string(response.status);
  const std::string code = cloud::code_or_empty(answer.error_code, asked.withheld);
  if (!code.empty()) message += ", " + code;
  message += ')';
  if (meaning.code == Code::kUnknown) message += unknown_outcome(asked.call);
  if (const std::string advice = advice_for(meaning.cause, asked, response); !advice.empty()) message += ": " + advice;
  if (const std::string quote = cloud::quotable(answer.text, asked.withheld); !quote.empty()) {
    message += ". The platform says: " + quote;
  }

  Error error;
  error.code = meaning.code;
  error.http_status = response.status;
  error.error_code = code;
  error.message = base::truncate(message, kMaxMessage);
  error.request_id = answer.request_id;
  error.retry_after = cloud::retry_after(response.headers, asked.now);
  return error;
}

Error error_of(Call call, const http::Error& from) {
  Error error;
  std::string message = attempt_of(call) + " failed: ";
  if (from.nothing_sent()) {
    error.code = Code::kNotSent;
    if (from.code == http::Error::Code::kRefused)
      message += "cannot connect to the endpoint: check `endpoint` and the network";
    if (from.code == http::Error::Code::kTls) {
      message +=
          "cannot establish a TLS connection to the endpoint: check `endpoint`, and `caBundle` if its CA is a private "
          "one";
    }
    if (from.code == http::Error::Code::kInvalid) message += "the request cannot be sent";
  } else if (from.code == http::Error::Code::kCancelled) {
    error.code = Code::kCancelled;
    message += "stopped" + unknown_outcome(call);
  } else {
    error.code = Code::kUnknown;
    message += from.code == http::Error::Code::kTimeout    ? "timeout waiting for the response"
               : from.code == http::Error::Code::kTooLarge ? "the response is too long"
                                                           : "the connection was lost";
    message += unknown_outcome(call);
  }
  if (!from.message.empty()) message += " (" + base::truncate(base::printable(from.message), kMaxDetail) + ")";
  error.message = base::truncate(message, kMaxMessage);
  return error;
}

Error error_of(Call call, const credentials::Failure& failure) {
  Error error;
  const bool rejected = failure.code == credentials::Failure::Code::kRejected;
  error.code = rejected ? Code::kUnauthorized : Code::kNotSent;
  error.message = base::truncate(attempt_of(call) + " was not sent: " + failure.message, kMaxMessage);
  error.retry_after = failure.retry_after;
  return error;
}

Error error_of(Call call, const cloud::Pace::Refusal& refusal) {
  Error error;
  error.code = refusal.throttled ? Code::kThrottled : Code::kNotSent;
  error.message = base::truncate(attempt_of(call) + " was not sent: " + base::printable(refusal.message), kMaxMessage);
  error.retry_after = refusal.wait;
  return error;
}

Error unusable_answer(Call call, const http::Response& response, std::string_view what) {
  Error error;
  error.code = Code::kUnknown;
  error.http_status = response.status;
  error.request_id = cloud::request_id_of(response.headers);
  error.message = base::truncate(attempt_of(call) + ": the response (HTTP " + std::to_string(response.status) + ") " +
                                     std::string(what) + unknown_outcome(call),
                                 kMaxMessage);
  return error;
}

}  // namespace iotda
