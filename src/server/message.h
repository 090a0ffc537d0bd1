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
  /// After any transfer coding was removed.
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

/// The text of an answer as HTTP/1.1, sent at `now`. A body is left out where `method` or the status allow none.
/// Headers with a line break or NUL in them are left out.
std::string serialize(const Response& response, std::string_view method, bool keep_alive, base::SystemTime now);

}  // namespace server
