#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/secret.h"
#include "http/proxy.h"
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
  /// Through which connections are made; for an origin with TLS only.
  std::optional<Proxy> proxy = std::nullopt;
  /// Longest body that send() takes.
  std::size_t max_body = 16U << 20U;
};

}  // namespace http
