#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/ip_address.h"
#include "http/proxy.h"
#include "http/url.h"

namespace http {

/// The hosts that are reached without a proxy: the value of NO_PROXY, as golang.org/x/net/http/httpproxy reads it.
/// A comma-separated list of
/// - "*": all hosts;
/// - a network: "10.0.0.0/8", "2001:db8::/32";
/// - an address: "192.0.2.1", "2001:db8::1";
/// - a name, for the host itself and its subdomains: "example.com"; for the subdomains only: ".example.com",
///   "*.example.com".
/// An address and a name can be followed by a port: "example.com:8443", "[2001:db8::1]:443". Spaces around an entry are
/// ignored, and so are entries that mean nothing.
class NoProxy {
 public:
  explicit NoProxy(std::string_view list);

  bool includes(const Origin& origin) const;

 private:
  struct Address {
    IpAddress address;
    std::string port;  // empty: any
  };
  struct Name {
    std::string suffix;  // ".example.com"
    bool host_itself = false;
    std::string port;  // empty: any
  };
  bool matches(const Name& name, const Origin& origin) const;
  void add(const std::string& entry);

  bool all_ = false;
  std::vector<IpNetwork> networks_;
  std::vector<Address> addresses_;
  std::vector<Name> names_;
};

/// Values of environment variables; empty if they are not set.
struct ProxyEnvironment {
  std::string https_proxy;
  std::string http_proxy;
  std::string no_proxy;
};

/// Which proxy the environment says to use for a server.
class ProxyRules {
 public:
  /// No proxies.
  ProxyRules() : no_proxy_("") {}
  /// Errors: the variable and what is wrong with it, without its value.
  static base::Result<ProxyRules, std::string> make(const ProxyEnvironment& environment);

  /// HTTPS_PROXY for https, HTTP_PROXY for http; nothing for servers that NO_PROXY includes, and those of this machine.
  std::optional<Proxy> proxy_for(const Origin& origin) const;

 private:
  std::optional<Proxy> https_;
  std::optional<Proxy> http_;
  NoProxy no_proxy_;
};

/// True for loopback and link-local addresses, and for localhost: what only this machine can reach, so that a proxy
/// must never be asked for it.
bool is_on_this_machine(const Origin& origin);

}  // namespace http
