#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cloud/quote.h"
#include "http/transport.h"

namespace cloud {

/// The details of an unsuccessful response. Understands every spelling of the platform, the gateway and IAM:
/// `error_code`/`error_msg`, `errorCode`/`errorMsg`, `code`/`message`, also in nested objects, and text that is not
/// JSON.
struct Answer {
  std::string error_code;  ///< "IOTDA.000006", or empty; not fit to be shown, see code_or_empty()
  std::string text;        ///< unchanged and not safe to show, see quotable()
  std::string request_id;  ///< X-Request-Id, X-IAM-Trace-Id or from the body, or empty
};

Answer read_answer(const http::Response& response, const Confidences& withheld = {});

/// The request id in the headers of a response, or empty.
std::string request_id_of(const http::Headers& headers, const Confidences& withheld = {});

/// Retry-After (RFC 9110 §10.2.3), in seconds or as a date; at most an hour.
std::optional<base::Duration> retry_after(const http::Headers& headers, base::SystemTime now);

/// How far the clock of this machine is ahead of the clock of the server (negative: behind), by the Date header.
std::optional<base::Duration> clock_skew(const http::Headers& headers, base::SystemTime now);

}  // namespace cloud
