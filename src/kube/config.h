#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "http/proxy.h"
#include "http/transport_options.h"
#include "http/url.h"

namespace kube {

/// How to connect to an API server, and with which credentials.
struct Config {
  http::Origin origin;
  std::string base_path;  ///< path in front of /api and /apis, for servers behind a proxy; "" as a rule
  http::TlsConfig tls;
  std::optional<http::Proxy> proxy;  ///< of the kubeconfig; takes precedence over that of the environment
  /// file that tls.ca_pem was read from, to read it again when it is rotated; empty if it was not read from a file
  std::string ca_file;
  base::Secret token;      ///< bearer token; empty for none
  std::string token_file;  ///< file with a bearer token, read again when it is rotated; takes precedence over `token`
  std::string ns;          ///< namespace of the context, or of the Pod; empty if none is said
};

struct ConfigError {
  std::string message;
};

/// Reads a kubeconfig: the current context, or `context` if not empty. Relative file names are relative to the
/// kubeconfig. Features that are not supported (exec plugins, auth providers, user name and password,
/// impersonation) are rejected by name, with what to use instead.
base::Result<Config, ConfigError> load_kubeconfig(const std::string& path, const std::string& context = "");

/// Several files as one, as kubectl merges those in KUBECONFIG: what the first file has counts.
base::Result<Config, ConfigError> load_kubeconfig(const std::vector<std::string>& paths,
                                                  const std::string& context = "");

/// The configuration of a Pod: KUBERNETES_SERVICE_HOST and _PORT, and the token, CA and namespace of the ServiceAccount
/// in `directory`.
base::Result<Config, ConfigError> in_cluster_config(
    const std::string& directory = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace kube
