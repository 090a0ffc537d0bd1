#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "base/mutex.h"
#include "base/openssl.h"
#include "base/result.h"
#include "http/transport.h"
#include "http/transport_options.h"
#include "http/url.h"

namespace http {

/// What OpenSSL reports about one connection. Belongs to the thread that runs the connection.
struct TlsWatch {
  enum class Phase { kConnecting, kHandshake, kEstablished };
  Phase phase = Phase::kConnecting;  ///< only moves forward: a second connection of the same call does not reset it
  std::string failure;               ///< why the peer's certificate was refused, for people; or the alert that came
  std::size_t received = 0;          ///< bytes of records; the owner may set it back to 0
  std::size_t receive_limit = 0;     ///< when `received` passes it, on_flood is called
  std::function<void()> on_flood;
};

/// The TLS side of one transport: trust roots, the name to expect, the client certificate, the newest session.
/// Everything hangs on one SSL_CTX, which all connections share; OpenSSL counts references to it. Thread-safe.
///
/// - TLS 1.2 at least.
/// - Only the roots of the configuration count. A certificate that stands in `ca_pem` is a root even if it is not
///   self-signed, as in Go's x509, so that kubeconfigs work alike.
/// - The host must stand in the subject alternative names (RFC 6125 §6.4.4, RFC 9110 §4.3.4): never the common name.
class TlsPolicy {
 public:
  /// Errors: kInvalid if PEM cannot be read, the key does not match, or there is no root at all.
  static base::Result<std::shared_ptr<TlsPolicy>, Error> make(const TlsConfig& config, const Origin& origin);
  ~TlsPolicy();
  TlsPolicy(const TlsPolicy&) = delete;
  TlsPolicy& operator=(const TlsPolicy&) = delete;

  SSL_CTX* context() { return context_.get(); }

  /// Call before the handshake of each connection. `watch` must outlive the SSL.
  void prepare(SSL* ssl, TlsWatch* watch) EXCLUDES(mutex_);

 private:
  using Session = base::Owned<SSL_SESSION, SSL_SESSION_free>;

  TlsPolicy(SSL_CTX* context, std::string server_name, bool verify);
  base::Result<void, Error> load(const TlsConfig& config);
  void keep_session(SSL_SESSION* session) EXCLUDES(mutex_);

  static int verify_peer(X509_STORE_CTX* store, void* self);
  static int on_new_session(SSL* ssl, SSL_SESSION* session);

  const base::Owned<SSL_CTX, SSL_CTX_free> context_;
  const std::string server_name_;
  const bool verify_;
  base::Mutex mutex_;
  Session session_ GUARDED_BY(mutex_);  // the newest
};

}  // namespace http
