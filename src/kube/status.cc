#include "kube/status.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http/answer.h"

namespace kube {
namespace {

constexpr std::size_t kMaxMessage = 1024;

Error::Code code_of(int status, std::string_view reason) {
  switch (status) {
    case 401:
      return Error::Code::kUnauthorized;
    case 403:
      return Error::Code::kForbidden;
    case 404:
      return Error::Code::kNotServed;
    case 409:
      return reason == "AlreadyExists" ? Error::Code::kAlreadyExists : Error::Code::kConflict;
    case 410:
      return Error::Code::kGone;
    case 429:
      return Error::Code::kThrottled;
    default:
      break;
  }
  if (reason == "Expired" || reason == "Gone") return Error::Code::kGone;
  if (status >= 500 || status == 408) return Error::Code::kServer;
  return status >= 400 ? Error::Code::kInvalid : Error::Code::kBadAnswer;
}

/// One hour is the longest useful delay; a huge number would overflow.
base::Duration pause_of(std::int64_t seconds) {
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 3600));
}

/// What the server, or something between, says; for people.
std::string shown(std::string_view text) {
  return base::truncate(base::printable(base::trim(text)), kMaxMessage);
}

}  // namespace

Error error_from_status(const json::Value& status, int http_status) {
  Error error;
  error.status = static_cast<int>(std::clamp<std::int64_t>(status["code"].integer_or(http_status), 0, 999));
  error.code = code_of(error.status, status["reason"].string_or(""));
  // "Not found" is also returned for a path, if the CustomResourceDefinition or a subresource of it does not exist
  // (yet).
  if (error.code == Error::Code::kNotServed && !status.path("details.name").string_or("").empty()) {
    error.code = Error::Code::kNotFound;
  }
  error.message = shown(status["message"].string().value_or(""));
  if (error.message.empty()) error.message = shown(status["reason"].string_or("HTTP " + std::to_string(error.status)));
  if (const auto seconds = status.path("details.retryAfterSeconds").integer(); seconds && *seconds > 0) {
    error.retry_after = pause_of(*seconds);
  }
  return error;
}

Error error_from_response(const http::Response& response) {
  Error error;
  const auto body = json::Document::parse(response.body);
  if (body && (*body)["kind"].string() == "Status") {
    error = error_from_status(body->root(), response.status);
  } else if (is_page(response)) {
    // The status code of a proxy is not about the object or the account of the request.
    error.status = response.status;
    error.code = response.status == 429   ? Error::Code::kThrottled
                 : response.status >= 500 ? Error::Code::kServer
                                          : Error::Code::kBadAnswer;
    error.message = "received an HTML page instead of a response from the API server (HTTP " +
                    std::to_string(response.status) +
                    "); check the proxy, gateway or load balancer between the operator and the API server";
  } else {
    error.status = response.status;
    error.code = code_of(response.status, "");
    error.message = shown(response.body);
    if (error.message.empty()) error.message = "HTTP " + std::to_string(response.status);
  }
  if (const auto after = http::retry_after(response.headers)) error.retry_after = after;
  return error;
}

Error error_from_transport(const http::Error& error) {
  Error out;
  out.code = error.code == http::Error::Code::kCancelled ? Error::Code::kCancelled : Error::Code::kTransport;
  out.message = shown(error.message);
  out.nothing_sent = error.nothing_sent();
  return out;
}

}  // namespace kube
