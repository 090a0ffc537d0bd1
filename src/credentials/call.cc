#include "credentials/call.h"

#include <utility>

#include "cloud/answer.h"
#include "cloud/quote.h"

namespace credentials {
namespace {

Failure::Code code_of(int status) {
  return status == 400 || status == 401 || status == 403 ? Failure::Code::kRejected : Failure::Code::kUnavailable;
}

}  // namespace

std::string_view name_of(Service service) {
  switch (service) {
    case Service::kIam:
      return "iam";
    case Service::kSts:
      return "sts";
    case Service::kInstanceMetadata:
      return "instance_metadata";
    case Service::kPodIdentity:
      return "pod_identity";
  }
  return "unknown";
}

Result<http::Response> call(const Ports& ports, const Call& call, std::stop_token stop) {
  auto response = ports.send(call.service, call.to, call.route, call.request, std::move(stop));
  const std::string who = call.what + " (" + call.to.to_string() + ")";
  if (!response) return base::Err(Failure{Failure::Code::kUnavailable, who + ": " + response.error().message});
  if (response->status >= 200 && response->status < 300) return std::move(*response);

  const cloud::Confidences& withheld = call.withheld;
  const cloud::Answer answer = cloud::read_answer(*response, withheld);
  std::string message = who + ": status " + std::to_string(response->status);
  if (const std::string code = cloud::code_or_empty(answer.error_code, withheld); !code.empty()) message += ", " + code;
  if (const std::string text = cloud::quotable(answer.text, withheld); !text.empty()) message += ": " + text;
  if (!answer.request_id.empty()) message += " (request id " + answer.request_id + ")";
  Failure failure{code_of(response->status), std::move(message)};
  failure.retry_after = cloud::retry_after(response->headers, ports.clock.system_now());
  return base::Err(std::move(failure));
}

void set_json(http::Request& request, base::Secret body) {
  request.headers.set("Content-Type", "application/json;charset=utf8");
  request.body = std::move(body);
}

std::optional<Url> parse_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const auto path = text.find_first_of("/?", scheme + 3);
  const auto origin = http::parse_origin(text.substr(0, path));
  if (!origin) return std::nullopt;
  std::string target = path == std::string_view::npos ? "/" : std::string(text.substr(path));
  if (target.front() == '?') target.insert(0, "/");
  return Url{*origin, std::move(target)};
}

}  // namespace credentials
