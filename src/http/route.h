#pragma once

#include <optional>
#include <string>

#include "http/proxy.h"

namespace http {

/// How to reach a server on the internet, beside its address.
struct Route {
  std::string ca_pem;  ///< CA certificates to trust besides those of the system
  /// Through which to connect, instead of the proxy that the environment says.
  std::optional<Proxy> proxy = std::nullopt;
  bool direct = false;  ///< never through a proxy

  /// Equal for two routes that are the same. Contains no secrets.
  std::string fingerprint() const;
};

}  // namespace http
