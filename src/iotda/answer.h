#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/transport.h"
#include "iotda/quote.h"

namespace iotda {

/// What an answer that is no success says of itself. Every spelling that platform, gateway and IAM use is understood:
/// `error_code`/`error_msg`, `errorCode`/`errorMsg`, `code`/`message`, inside nested objects too, and text that is no
/// JSON.
struct Answer {
  std::string error_code;  ///< "IOTDA.000006", or empty; not fit to be shown, see code_or_empty()
  std::string text;        ///< as it came: not fit to be shown, see quotable()
  std::string request_id;  ///< X-Request-Id, X-IAM-Trace-Id or from the body, or empty
};

Answer read_answer(const http::Response& response, const Confidences& withheld = {});

/// The request id in the headers of any answer, or empty.
std::string request_id_of(const http::Headers& headers, const Confidences& withheld = {});

/// Retry-After (RFC 9110 §10.2.3), in seconds or as a date, at most an hour.
std::optional<base::Duration> retry_after(const http::Headers& headers, base::SystemTime now);

/// How far this machine's clock is ahead of the server's (negative: behind), by the Date header.
std::optional<base::Duration> clock_skew(const http::Headers& headers, base::SystemTime now);

}  // namespace iotda
