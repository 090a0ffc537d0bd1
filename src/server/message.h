#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace server {

using Header = std::pair<std::string, std::string>;

/// A received request.
struct Request {
  std::string method;
  /// Path and query byte for byte, not decoded.
  std::string target;
  /// In their order, those with the same name together; names as sent, values without surrounding white space (RFC 9112
  /// §5.1), otherwise not decoded.
  std::vector<Header> headers;
  std::string body;

  /// The value of the first header with that name, compared case-insensitively.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// How the server sends a response. All except the default are faults, for servers that simulate a broken peer.
struct Delivery {
  enum class Kind {
    kWhole,
    kHalf,  ///< The headers and the first half of the body are sent, then the connection is closed.
    kNone,  ///< The connection is closed without a response.
  };
  Kind kind = Kind::kWhole;
  /// Delay before the response; uses no thread.
  base::Duration delay{0};
};

struct Response {
  int status = 200;
  /// Content-Length and Connection are added by the server, and Date unless it is here.
  std::vector<Header> headers;
  std::string body;
  Delivery delivery;
};

/// The framing and the target of a message, as far as the headers of a request define them.
struct Head {
  bool http_1_1 = true;    ///< otherwise 1.0
  bool read_only = false;  ///< only GET and HEAD are accepted
};

/// The response to a request that is rejected because of its headers: `request` has everything except its body. Nothing
/// if it is accepted. Rejected are: all transfer codings, so that the length of a body is always known in advance
/// (allowed by RFC 9112 §6.1); requests without Host, with two, or with an invalid one (§3.2); and methods that are not
/// accepted.
std::optional<Response> refusal_of(const Request& request, const Head& head);

/// The text of a response in HTTP/1.1, sent at `now`, which is its Date if it has none. The body is omitted if `method`
/// or the status does not allow one. Headers that contain a line break or NUL are omitted.
std::string serialize(const Response& response, std::string_view method, bool keep_alive, base::SystemTime now);

}  // namespace server
