#include "simulator/iam.h"

#include <optional>
#include <string_view>
#include <utility>

#include "base/time_format.h"
#include "json/writer.h"

namespace simulator {
namespace {

constexpr int kRetryAfter = 1;

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 429:
      return "Too Many Requests";
    default:
      return "Service Unavailable";
  }
}

/// {"error":{"code":401,"message":"…","title":"Unauthorized"}}
std::string spell_as_iam(const ErrorAnswer& error) {
  json::Writer w;
  return w.begin_object()
      .key("error")
      .begin_object()
      .member("code", error.status)
      .member("message", error.message)
      .member("title", title_of(error.status))
      .end_object()
      .end_object()
      .take();
}

/// {"error_code":"…","error_msg":"…","request_id":"…"}; the codes are the choice of this simulator.
std::string spell_as_sts(const ErrorAnswer& error, std::string_view request_id) {
  json::Writer w;
  return w.begin_object()
      .member("error_code", "STS5.0" + std::to_string(error.status))
      .member("error_msg", error.message)
      .member("request_id", request_id)
      .end_object()
      .take();
}

bool is_metadata(std::optional<IamCall> call) {
  return call == IamCall::kMetadataSession || call == IamCall::kMetadataKey;
}

/// The error as the service of the call spells it.
server::Response response_to(const ErrorAnswer& error, std::optional<IamCall> call, std::string_view request_id) {
  server::Response response{.status = error.status};
  if (is_metadata(call)) {
    response.body = error.message;
  } else if (!error.code.empty()) {
    response.body = spell(error, ErrorSpelling::kErrorCode, request_id);
  } else if (call == IamCall::kAssumeWithOidc || call == IamCall::kPodIdentity) {
    response.body = spell_as_sts(error, request_id);
  } else {
    response.body = spell_as_iam(error);
  }
  response.headers.emplace_back("Content-Type", is_metadata(call) ? "text/plain" : "application/json; charset=UTF-8");
  if (error.retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(error.retry_after));
  return response;
}

/// The error of a call that is not executed.
std::optional<ErrorAnswer> obstacle(std::optional<IamCall> call, const IamBehaviour& behaviour) {
  if (!call) return ErrorAnswer{404, "", "The requested resource could not be found.", 0};
  if (behaviour.unavailable.contains(*call)) return ErrorAnswer{503, "", "The service is unavailable.", 0};
  if (behaviour.throttled.contains(*call)) return ErrorAnswer{429, "", "Too many requests.", kRetryAfter};
  return std::nullopt;
}

}  // namespace

server::Response Iam::handle(const server::Request& request) {
  LoggedRequest entry = arrived(request.method, request.target, clock_.system_now());
  const auto call = iam_route(request.method, request.target);
  if (call) entry.call = name_of(*call);
  const IamBehaviour behaviour = this->behaviour();
  const Behaviour platform = platform_.behaviour();
  const base::SystemTime now = entry.arrived + platform.skew;

  server::Response response;
  auto error = obstacle(call, behaviour);
  if (!error) {
    auto done = perform(*call, request, {settings_, behaviour, platform, platform_.authenticator(), now});
    if (done) {
      response = std::move(*done);
      const os::MutexLock lock(mutex_);
      if (call != IamCall::kProjects) ++issued_[*call];
    } else {
      error = done.error();
    }
  }
  if (error) {
    response = response_to(*error, call, entry.request_id);
    entry.error_code = error->code;
  }
  response.headers.emplace_back("X-Request-Id", entry.request_id);
  response.headers.emplace_back("X-IAM-Trace-Id", entry.request_id);
  response.headers.emplace_back("Date", base::to_http_date(now));
  response.delivery.delay = behaviour.latency;
  entry.status = response.status;
  entry.ended = clock_.system_now();
  platform_.record(std::move(entry));
  return response;
}

IamBehaviour Iam::behaviour() const {
  const os::MutexLock lock(mutex_);
  return behaviour_;
}

base::Result<void, std::string> Iam::change_behaviour(json::Value changes) {
  const os::MutexLock lock(mutex_);
  return update(behaviour_, changes);
}

std::map<IamCall, int> Iam::issued() const {
  const os::MutexLock lock(mutex_);
  return issued_;
}

}  // namespace simulator
