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

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace http {

/// Names are compared without case (RFC 9110 §5.1). Values are wiped when they are replaced or destroyed.
class Headers {
 public:
  /// Sets or replaces.
  void set(std::string_view name, std::string_view value);
  /// The same for a token or a signature: the value is in one heap block, so that moving leaves no copy behind.
  void set_secret(std::string_view name, std::string_view value);
  std::optional<std::string_view> get(std::string_view name) const;
  /// In the order in which they were set first.
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
  /// Path and query as they go on the wire, already percent-encoded: "/api/v1/secrets?limit=500". Sent byte for byte.
  std::string target = "/";
  /// Sent sorted by name, as "Name:value", byte for byte. Host (the authority of the origin) and User-Agent are added
  /// where they are missing, Content-Length with a body; a Content-Type never. Those that say where a message ends
  /// (Connection, Content-Length, Expect, TE, Transfer-Encoding, Upgrade) are not the caller's: kInvalid.
  Headers headers;
  /// Value of the Authorization header, null for none. Apart from the others, and shared, for what stands for whoever
  /// has it: while an answer streams for long, no further copy of it is kept.
  std::shared_ptr<const base::Secret> authorization;
  /// Wiped with the request.
  base::Secret body;
  /// From the call until the last byte of the answer; the call ends within it, whatever the peer does.
  base::Duration deadline = std::chrono::seconds(30);
  /// A connection of its own, not taken from and not given back to the pool: the request is written at most once. For
  /// calls that are not idempotent. Otherwise, when the server closes a kept-alive connection before it answers, the
  /// library below sends the request once more on another one, whatever the method. (A connection that was closed
  /// before the request is written is not used in either case.)
  bool fresh_connection = false;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

struct Error {
  enum class Code {
    kRefused,    ///< No connection: nothing was sent. (Refused, unreachable, name not resolved, also in time.)
    kTls,        ///< No TLS session: nothing was sent. (The peer's certificate is not trusted, no handshake in time.)
    kTimeout,    ///< The deadline passed; the request may have been acted on.
    kCancelled,  ///< The stop token was triggered; the request may have been acted on.
    kBroken,     ///< The connection ended or the answer is no HTTP; the request may have been acted on.
    kTooLarge,   ///< The answer's body is over the cap; the request was acted on.
    kInvalid,    ///< The request cannot be sent as it stands: nothing was sent.
  };
  Code code = Code::kBroken;
  /// For people: "host:port: what went wrong", with the reason why a certificate is not trusted. Holds no secrets.
  std::string message;

  /// True if the peer cannot have seen the request.
  bool nothing_sent() const { return code == Code::kRefused || code == Code::kTls || code == Code::kInvalid; }
};

/// Called with each piece of a body as it arrives. False ends the stream.
using BodySink = std::function<bool(std::string_view piece)>;

/// One server, one trust policy. Calls block the calling thread; all methods are thread-safe. Redirects are never
/// followed and nothing is retried (but see Request::fresh_connection): the answer is handed back as it is. Interim
/// answers (1xx) are not understood: kBroken. Bodies are not decompressed.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends and reads the whole answer, at most the cap that the transport was made with. Returns at once, and closes
  /// the connection, when `stop` is triggered.
  virtual base::Result<Response, Error> send(const Request& request, std::stop_token stop) = 0;

  /// Sends and hands the body to `sink` as it arrives, on the calling thread; while the sink works the peer is slowed
  /// down, so that memory stays bounded. Returns when the body ends or the sink says so (the Response), it has
  /// lasted for `limit` (kTimeout: a peer that is dead looks like one with nothing to say), `stop` is triggered
  /// (kCancelled) or the connection breaks (kBroken). request.deadline bounds the time until the head of the answer.
  /// The Response holds status and headers; for a status other than 200 also the body, and the sink is not called.
  virtual base::Result<Response, Error> stream(const Request& request, base::Duration limit, const BodySink& sink,
                                               std::stop_token stop) = 0;
};

}  // namespace http
