#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace http {

/// An HTTP proxy, through which connections to servers are made with the method CONNECT (RFC 9110 §9.3.6). TLS begins
/// behind it: of a request it sees the host and the port of the server, and nothing else.
struct Proxy {
  std::string host;  ///< as in Origin
  int port = 80;
  /// Value of the header Proxy-Authorization; null for none.
  std::shared_ptr<const base::Secret> authorization;

  /// "http://host:port", without credentials: for users.
  std::string to_string() const;
  /// Equal for two proxies with the same address and credentials. Contains no secrets.
  std::string fingerprint() const;
};

/// Parses "http://[user:password@]host[:port][/]", where "http://" can be missing. The user and the password are
/// percent-decoded. Errors: what is wrong, without the text, because it can contain a password.
base::Result<Proxy, std::string> parse_proxy(std::string_view url);

/// Proxy-Authorization for the Basic scheme (RFC 7617).
std::shared_ptr<const base::Secret> basic_authorization(std::string_view username, std::string_view password);

}  // namespace http
