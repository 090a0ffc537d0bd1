#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace server {

using Header = std::pair<std::string, std::string>;

/// A request as it came in.
struct Request {
  std::string method;
  /// Path and query byte for byte as on the wire, nothing decoded.
  std::string target;
  /// In their order, those of one name together; names as sent, values without the white space around them (RFC 9112
  /// §5.1), nothing else decoded.
  std::vector<Header> headers;
  std::string body;

  /// The value of the first header of that name, compared without case.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// What the server does with an answer. All but the default are faults, for servers that play a broken peer.
struct Delivery {
  enum class Kind {
    kWhole,
    kHalf,  ///< The head, the first half of the body, then the connection ends.
    kNone,  ///< The connection ends without an answer.
  };
  Kind kind = Kind::kWhole;
  /// Time to wait before; holds no thread.
  base::Duration delay{0};
};

struct Response {
  int status = 200;
  /// Date, Content-Length and Connection are added by the server.
  std::vector<Header> headers;
  std::string body;
  Delivery delivery;
};

/// How messages are framed and to whom they go, as far as the head of a request says it.
struct Head {
  bool http_1_1 = true;    ///< 1.0 else
  bool read_only = false;  ///< only GET and HEAD are served
};

/// The answer to a request that is refused for its head: `request` has all but its body. None if it is fine. Refused
/// are all transfer codings, so that the length of a body is always known before it comes (RFC 9112 §6.1 allows that);
/// requests without Host or with two, or one that is no host (§3.2); and methods that are not served.
std::optional<Response> refusal_of(const Request& request, const Head& head);

/// The text of an answer as HTTP/1.1, sent at `now`. A body is left out where `method` or the status allow none.
/// Headers with a line break or NUL in them are left out.
std::string serialize(const Response& response, std::string_view method, bool keep_alive, base::SystemTime now);

}  // namespace server
