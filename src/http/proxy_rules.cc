#include "http/proxy_rules.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace http {
namespace {

struct HostAndPort {
  std::string host;
  std::string port;
};

/// "host:port" or "[host]:port"; nothing for anything else. As net.SplitHostPort of Go.
std::optional<HostAndPort> split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  return HostAndPort{std::string(host), std::string(text.substr(colon + 1))};
}

bool is_port(const std::string& port, const Origin& origin) {
  return port.empty() || port == std::to_string(origin.port);
}

/// Nothing if it is not set.
base::Result<std::optional<Proxy>, std::string> read(const char* variable, const std::string& value) {
  if (value.empty()) return std::optional<Proxy>();
  auto proxy = parse_proxy(value);
  if (!proxy) return base::Err("environment variable " + std::string(variable) + ": " + proxy.error());
  return std::optional(std::move(*proxy));
}

}  // namespace

NoProxy::NoProxy(std::string_view list) {
  for (const std::string& entry : base::split(list, ',')) add(base::to_lower(base::trim(entry)));
}

void NoProxy::add(const std::string& entry) {
  if (entry == "*") {
    all_ = true;
    return;
  }
  if (const auto network = IpNetwork::parse(entry)) {
    networks_.push_back(*network);
    return;
  }
  auto [host, port] = split_host_port(entry).value_or(HostAndPort{entry, ""});
  if (const auto address = IpAddress::parse(host)) {
    addresses_.push_back({*address, port});
    return;
  }
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host.empty()) return;
  const bool host_itself = host.front() != '.';
  names_.push_back({host_itself ? "." + host : host, host_itself, port});
}

bool NoProxy::includes(const Origin& origin) const {
  if (all_) return true;
  if (const auto address = IpAddress::parse(origin.host)) {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const IpNetwork& network) { return network.contains(*address); }) ||
           std::any_of(addresses_.begin(), addresses_.end(),
                       [&](const Address& entry) { return entry.address == *address && is_port(entry.port, origin); });
  }
  return std::any_of(names_.begin(), names_.end(), [&](const Name& name) { return matches(name, origin); });
}

bool NoProxy::matches(const Name& name, const Origin& origin) const {
  const bool itself = name.host_itself && origin.host == std::string_view(name.suffix).substr(1);
  return (itself || origin.host.ends_with(name.suffix)) && is_port(name.port, origin);
}

base::Result<ProxyRules, std::string> ProxyRules::make(const ProxyEnvironment& environment) {
  auto https = read("HTTPS_PROXY", environment.https_proxy);
  if (!https) return base::Err(https.error());
  auto http = read("HTTP_PROXY", environment.http_proxy);
  if (!http) return base::Err(http.error());
  ProxyRules rules;
  rules.https_ = std::move(*https);
  rules.http_ = std::move(*http);
  rules.no_proxy_ = NoProxy(environment.no_proxy);
  return rules;
}

std::optional<Proxy> ProxyRules::proxy_for(const Origin& origin) const {
  const std::optional<Proxy>& proxy = origin.tls ? https_ : http_;
  if (!proxy || is_on_this_machine(origin) || no_proxy_.includes(origin)) return std::nullopt;
  return proxy;
}

bool is_on_this_machine(const Origin& origin) {
  if (is_loopback(origin.host)) return true;
  const auto address = IpAddress::parse(origin.host);
  return address && (address->is_loopback() || address->is_link_local());
}

}  // namespace http
