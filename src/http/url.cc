#include "http/url.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/text.h"

namespace http {
namespace {

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Letters, digits, '-', '.' and '_' (not valid in DNS, but used in clusters); no empty label except at the end.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.find("..") != std::string_view::npos)
    return false;
  return base::consists_of(host, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::optional<int> parse_port(std::string_view digits) {
  const auto port = base::parse_integer<int>(digits);
  return port && *port >= 1 && *port <= 65535 ? port : std::nullopt;
}

bool starts_with_ignoring_case(std::string_view s, std::string_view prefix) {
  return s.size() >= prefix.size() && base::equals_ignoring_case(s.substr(0, prefix.size()), prefix);
}

}  // namespace

std::string Origin::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Origin::to_string() const {
  return (tls ? "https://" : "http://") + authority();
}

std::optional<Origin> parse_origin(std::string_view url) {
  Origin origin;
  if (starts_with_ignoring_case(url, "https://")) {
    url.remove_prefix(8);
  } else if (starts_with_ignoring_case(url, "http://")) {
    url.remove_prefix(7);
    origin.tls = false;
    origin.port = 80;
  } else {
    return std::nullopt;
  }
  if (url.ends_with('/')) url.remove_suffix(1);

  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    origin.host = base::to_lower(url.substr(1, end - 1));
    if (!is_ipv6(origin.host)) return std::nullopt;
    port = url.substr(end + 1);
  } else {
    const std::size_t colon = url.find(':');
    origin.host = base::to_lower(url.substr(0, colon));
    if (!is_host_name(origin.host)) return std::nullopt;
    if (colon != std::string_view::npos) port = url.substr(colon);
  }
  if (!port.empty()) {
    if (port.front() != ':') return std::nullopt;
    const std::optional<int> number = parse_port(port.substr(1));
    if (!number) return std::nullopt;
    origin.port = *number;
  }
  return origin;
}

bool is_ip_address(const std::string& host) {
  return is_ipv4(host) || is_ipv6(host);
}

bool is_loopback(std::string_view host) {
  const std::string lower = base::to_lower(host);
  if (lower == "localhost") return true;
  if (is_ipv4(lower)) return lower.starts_with("127.");
  in6_addr address{};
  return inet_pton(AF_INET6, lower.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

}  // namespace http
