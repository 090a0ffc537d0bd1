#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "base/openssl.h"
#include "base/result.h"
#include "http/transport.h"
#include "http/transport_options.h"
#include "http/url.h"
#include "os/mutex.h"

namespace http {

/// What OpenSSL reports about one connection. Belongs to the thread that runs the connection.
struct TlsWatch {
  enum class Phase { kConnecting, kHandshake, kEstablished };
  Phase phase = Phase::kConnecting;  ///< only increases: a second connection of the same call does not reset it
  /// why the certificate of the peer was rejected, or the alert that was received; for users
  std::string failure;
  std::size_t received = 0;       ///< bytes of records; the owner can reset it to 0
  std::size_t receive_limit = 0;  ///< called when `received` exceeds this
  std::function<void()> on_flood;
};

/// The TLS settings of one transport: trusted CA certificates, the expected name, the client certificate, the newest
/// session. One SSL_CTX holds all of them, and all connections share it; OpenSSL counts its references. Thread-safe.
///
/// - TLS 1.2 at least.
/// - Only the CA certificates of the configuration are trusted. A certificate in `ca_pem` is trusted even if it is not
///   self-signed, as in Go's x509, so that kubeconfigs work in the same way.
/// - The host must match the subject alternative names (RFC 6125 §6.4.4, RFC 9110 §4.3.4): never the common name.
class TlsPolicy {
 public:
  /// Errors: kInvalid if PEM cannot be read, the private key does not match, or there is no trusted CA certificate.
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
  os::Mutex mutex_;
  Session session_ GUARDED_BY(mutex_);  // the newest one
};

}  // namespace http
