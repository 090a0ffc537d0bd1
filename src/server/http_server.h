#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "server/address.h"
#include "server/message.h"

namespace server {

/// Answers one request. Called from any of the server's threads, several at once if there are several; blocks its
/// thread while it runs. Must not throw.
using Handler = std::function<Response(const Request&)>;

/// What a TLS server shows: a PEM chain, leaf first, and its private key.
struct TlsIdentity {
  std::string certificate_pem;
  base::Secret private_key_pem;
  base::Secret password{};  ///< of an encrypted key
};

struct Options {
  Address address;
  /// HTTPS with this identity (TLS 1.2 or later), plain HTTP without.
  std::optional<TlsIdentity> tls;
  /// Instead of `tls`: asked at each handshake for the identity of the name that the client wants (SNI, RFC 6066);
  /// empty if it names none. None: the handshake fails. Called from any of the server's threads.
  std::function<std::optional<TlsIdentity>(std::string_view server_name)> identity_for;
  int threads = 1;
  /// GET and HEAD alone are served; other methods are answered 405.
  bool read_only = false;
  /// A request with a longer head is answered 431, one with a longer body 413.
  std::size_t max_head = 16U << 10U;
  std::size_t max_body = 1U << 20U;
  /// Half of them are for one client address at most. Over that, what is idle for the longest time goes: see Seats.
  std::size_t max_connections = 512;
  /// The TLS handshake, the arrival of a request's head and of its body, and the sending of one answer may take this
  /// long each, however busily the peer drips bytes.
  base::Duration timeout = std::chrono::seconds(15);
  /// A kept-alive connection without a request ends after this.
  base::Duration idle_timeout = std::chrono::seconds(75);
};

struct Error {
  std::string message;
};

/// An HTTP/1.1 server (RFC 9112) on Boost.Beast, which hands out requests as they were on the wire. Connections are
/// kept alive, cost no thread, and without traffic nothing wakes up. Every byte of a request counts against a limit;
/// what is refused (refusal_of, 431, 413, 400) ends the connection.
class HttpServer {
 public:
  /// Listens and serves from when this returns. Errors: the address cannot be bound, the TLS identity is no good.
  static base::Result<HttpServer, Error> start(Options options, Handler handler);

  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  /// stop()
  ~HttpServer();

  /// Where it listens, with the port that the system chose.
  const Address& address() const;

  /// Waits for handlers that run, cuts every connection, and ends all threads. Not from within a handler.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
