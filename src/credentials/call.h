#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "cloud/quote.h"
#include "credentials/failure.h"
#include "credentials/ports.h"
#include "http/route.h"
#include "http/transport.h"
#include "http/url.h"

namespace credentials {

/// One request for credentials.
struct Call {
  Service service;
  std::string what;  ///< for messages: "IAM, getting a token"
  http::Origin to;
  http::Route route;
  http::Request request;
  cloud::Confidences withheld{};  ///< what the request has and a message must not have
};

/// Sends the request. Any response other than 2xx, and none, is a Failure that names the server and quotes it as far as
/// that is safe: kRejected for 400, 401 and 403, otherwise kUnavailable. The body of the response holds credentials: it
/// is wiped by the caller.
Result<http::Response> call(const Ports& ports, const Call& call, std::stop_token stop);

/// A JSON body for a request.
void set_json(http::Request& request, base::Secret body);

/// "https://host/path?query" as origin and request target; nothing if it is not a URL of http or https.
struct Url {
  http::Origin origin;
  std::string target;
};
std::optional<Url> parse_url(std::string_view text);

}  // namespace credentials
