#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace http {

/// Names are compared case-insensitively (RFC 9110 §5.1). Values are wiped when they are replaced or destroyed.
class Headers {
 public:
  /// Sets or replaces.
  void set(std::string_view name, std::string_view value);
  /// The same for a token or a signature: the value is in one heap block, so that a move leaves no other copy in
  /// memory.
  void set_secret(std::string_view name, std::string_view value);
  std::optional<std::string_view> get(std::string_view name) const;
  /// In the order in which they were first set.
  const std::vector<std::pair<std::string, std::string>>& all() const { return entries_; }
  Headers() = default;
  Headers(const Headers&) = default;
  Headers(Headers&&) = default;
  Headers& operator=(const Headers& other);
  Headers& operator=(Headers&& other) noexcept;
  ~Headers();

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct Request {
  std::string method = "GET";
  /// Path and query as they are sent, already percent-encoded: "/api/v1/secrets?limit=500". Sent byte for byte.
  std::string target = "/";
  /// Sent sorted by name, as "Name:value", byte for byte. Host (the authority of the origin) and User-Agent are added
  /// if they are missing, Content-Length if there is a body; a Content-Type is never added. Headers that define where a
  /// message ends (Connection, Content-Length, Expect, TE, Transfer-Encoding, Upgrade) cannot be set by the caller:
  /// kInvalid.
  Headers headers;
  /// Value of the Authorization header, null for none. It is separate and shared because it gives access to anyone who
  /// has it: a response that is streamed for a long time keeps no further copy of it.
  std::shared_ptr<const base::Secret> authorization;
  /// Wiped together with the request.
  base::Secret body;
  /// From the call until the last byte of the response; the call ends within this time, whatever the peer does.
  base::Duration deadline = std::chrono::seconds(30);
  /// Use a connection of its own, not from the pool and not returned to it: the request is written at most once. For
  /// calls that are not idempotent. Otherwise, if the server closes a kept-alive connection before it responds, the
  /// library sends the request once more on another one, whatever the method. (A connection that was closed before the
  /// request is written is not used in either case.)
  bool fresh_connection = false;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

struct Error {
  enum class Code {
    /// No connection: nothing was sent. (Refused, unreachable, or name not resolved, also because of a timeout.)
    kRefused,
    /// No TLS session: nothing was sent. (The certificate of the peer is not trusted, or the handshake timed out.)
    kTls,
    kTimeout,    ///< The deadline passed; the peer may have processed the request.
    kCancelled,  ///< The stop token was triggered; the peer may have processed the request.
    kBroken,     ///< The connection was closed or the response is not HTTP; the peer may have processed the request.
    kTooLarge,   ///< The body of the response exceeds the size limit; the peer has processed the request.
    kInvalid,    ///< The request is not valid: nothing was sent.
  };
  Code code = Code::kBroken;
  /// For users: "host:port: what went wrong", with the reason why a certificate is not trusted. Contains no secrets.
  std::string message;

  /// True if the peer cannot have seen the request.
  bool nothing_sent() const { return code == Code::kRefused || code == Code::kTls || code == Code::kInvalid; }
};

/// Called with each piece of a body as it arrives. Return false to end the stream.
using BodySink = std::function<bool(std::string_view piece)>;

/// One server with one trust policy. Calls block the calling thread; all methods are thread-safe. Redirects are not
/// followed and nothing is retried (but see Request::fresh_connection): the response is returned as it is. Interim
/// responses (1xx) are not supported: kBroken. Bodies are not decompressed.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends the request and reads the whole response, up to the size limit of the transport. If `stop` is triggered,
  /// closes the connection and returns immediately.
  virtual base::Result<Response, Error> send(const Request& request, std::stop_token stop) = 0;

  /// Sends the request and passes the body to `sink` as it arrives, on the calling thread. While the sink works, the
  /// peer is slowed down, so that memory stays bounded. Returns when the body ends or the sink returns false (the
  /// Response), after `limit` (kTimeout: a dead peer cannot be distinguished from one without news), when `stop` is
  /// triggered (kCancelled) or the connection is lost (kBroken). request.deadline limits the time until the headers of
  /// the response arrive. The Response has status and headers; for a status other than 200 also the body, and the sink
  /// is not called.
  virtual base::Result<Response, Error> stream(const Request& request, base::Duration limit, const BodySink& sink,
                                               std::stop_token stop) = 0;
};

}  // namespace http
