#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/transport.h"
#include "http/url.h"

namespace http {

/// Trust settings and client identity. TLS 1.2 or later; host names and addresses must match the subject alternative
/// names of the certificate. Later connections of a transport resume its TLS sessions.
struct TlsConfig {
  /// Trusted CA certificates in PEM; the only ones unless `system_roots` is set. Intermediate certificates are accepted
  /// too.
  std::string ca_pem;
  bool system_roots = false;
  /// PEM of a client certificate and its private key (kubeconfig); empty for none.
  std::string client_certificate_pem;
  base::Secret client_key_pem;
  /// Expected name in the certificate of the peer, instead of the host of the URL; empty for the host.
  std::string server_name;
  /// Disables verification; only set by `insecure-skip-tls-verify` of a kubeconfig.
  bool insecure = false;
};

struct TransportOptions {
  Origin origin;
  TlsConfig tls;
  /// Maximum size of a body that send() accepts.
  std::size_t max_body = 16U << 20U;
};

/// Prepares the process: records where the CA certificates of the system are (this changes SSL_CERT_FILE and
/// SSL_CERT_DIR) and starts the network thread, which inherits the signal mask. Call first in main, before other
/// threads start; later calls have no effect.
void initialize_process();

/// A Transport on cpprestsdk. Destroy it after its last call has returned and before main returns. Proxies are not
/// supported: HTTPS_PROXY and NO_PROXY are ignored. Errors: kInvalid if the PEM in `options` cannot be used.
base::Result<std::unique_ptr<Transport>, Error> make_cpprest_transport(TransportOptions options, base::Clock& clock);

}  // namespace http
