#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "server/address.h"
#include "server/message.h"

namespace server {

/// Responds to one request. Called on any thread of the server, concurrently if there are several; blocks its thread.
/// Must not throw.
using Handler = std::function<Response(const Request&)>;

/// The identity of a TLS server: a PEM chain, leaf first, and its private key.
struct TlsIdentity {
  std::string certificate_pem;
  base::Secret private_key_pem;
  base::Secret password{};  ///< of an encrypted key
};

struct Options {
  Address address;
  /// HTTPS with this identity (TLS 1.2 or later), plain HTTP without.
  std::optional<TlsIdentity> tls;
  /// Instead of `tls`: called at each handshake for the identity of the name that the client requests (SNI, RFC 6066);
  /// empty if it requests none. If it returns nothing, the handshake fails. Called on any thread of the server.
  std::function<std::optional<TlsIdentity>(std::string_view server_name)> identity_for;
  int threads = 1;
  /// Only GET and HEAD are accepted; other methods get 405.
  bool read_only = false;
  /// A request with larger headers gets 431, one with a larger body 413.
  std::size_t max_head = 16U << 10U;
  std::size_t max_body = 1U << 20U;
  /// At most half of them for one client address. Above that, the connection that has been idle for the longest time is
  /// closed: see Seats.
  std::size_t max_connections = 512;
  /// Timeout for each of: the TLS handshake, receiving the headers of a request, receiving its body, sending a
  /// response, even if the peer keeps sending a few bytes.
  base::Duration timeout = std::chrono::seconds(15);
  /// A kept-alive connection without a request is closed after this time.
  base::Duration idle_timeout = std::chrono::seconds(75);
};

struct Error {
  std::string message;
};

/// An HTTP/1.1 server (RFC 9112) on Boost.Beast, which passes on requests byte for byte. Connections are kept alive,
/// use no thread, and cause no wake-ups without traffic. Every byte of a request counts against a limit; a rejected
/// request (refusal_of, 431, 413, 400) closes the connection.
class HttpServer {
 public:
  /// Listens and accepts connections when this returns. Errors: the address cannot be bound, the TLS identity cannot be
  /// used.
  static base::Result<HttpServer, Error> start(Options options, Handler handler);

  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  /// Waits for running handlers, closes every connection, and ends all threads. Must not be run by a handler.
  ~HttpServer();

  /// The address that it listens on, with the port that the system selected.
  const Address& address() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
