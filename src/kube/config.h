#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "http/transport_options.h"
#include "http/url.h"

namespace kube {

/// How to reach an API server and as whom.
struct Config {
  http::Origin origin;
  std::string base_path;  ///< path in front of /api and /apis, for servers behind a proxy; "" as a rule
  http::TlsConfig tls;
  std::string ca_file;     ///< where tls.ca_pem was read from, to be read again as it rotates; empty if from no file
  base::Secret token;      ///< bearer token; empty for none
  std::string token_file;  ///< file with a bearer token, read again as it rotates; wins over `token`
  std::string ns;          ///< namespace of the context, or of the Pod; empty if none is said
};

struct ConfigError {
  std::string message;
};

/// Reads a kubeconfig: the current context, or `context` if not empty. Files named in it are relative to it. What this
/// program cannot do (exec plugins, auth providers, user name and password, impersonation, proxy-url) is refused by
/// name, with what to use instead.
base::Result<Config, ConfigError> load_kubeconfig(const std::string& path, const std::string& context = "");

/// The configuration of a Pod: KUBERNETES_SERVICE_HOST and _PORT, and the ServiceAccount's token, CA and namespace
/// under `directory`.
base::Result<Config, ConfigError> in_cluster_config(
    const std::string& directory = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace kube
