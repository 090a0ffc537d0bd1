#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/transport.h"
#include "http/url.h"

namespace http {

/// Whom to trust and who we are. TLS 1.2 at least; host names and addresses must stand in the certificate's subject
/// alternative names. Sessions are resumed on further connections of a transport.
struct TlsConfig {
  /// PEM of trust roots; the only ones unless `system_roots`. An intermediate certificate counts as well.
  std::string ca_pem;
  bool system_roots = false;
  /// PEM of a client certificate and its key (kubeconfig); empty for none.
  std::string client_certificate_pem;
  base::Secret client_key_pem;
  /// Name to expect in the peer's certificate instead of the host of the URL; empty for the host.
  std::string server_name;
  /// Do not verify at all; only ever set by `insecure-skip-tls-verify` of a kubeconfig.
  bool insecure = false;
};

struct TransportOptions {
  Origin origin;
  TlsConfig tls;
  /// Longest body that send() takes.
  std::size_t max_body = 16U << 20U;
};

/// Prepares the process: takes note of the system's trust roots (this changes SSL_CERT_FILE and SSL_CERT_DIR) and
/// starts the one network thread, which inherits the signal mask. First thing in main, before other threads; later
/// calls do nothing.
void initialize_process();

/// A Transport on cpprestsdk. Destroy it after its last call has returned and before main returns.
/// Proxies are not supported in this version: HTTPS_PROXY and NO_PROXY are ignored.
/// Errors: kInvalid if the PEM in `options` cannot be used.
base::Result<std::unique_ptr<Transport>, Error> make_cpprest_transport(TransportOptions options, base::Clock& clock);

}  // namespace http
