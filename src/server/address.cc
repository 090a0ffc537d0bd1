#include "server/address.h"

#include <arpa/inet.h>
#include <array>

#include "base/number.h"

namespace server {
namespace {

bool is_literal(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return inet_pton(family, host.c_str(), binary.data()) == 1;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;

  Address address;
  const auto port = base::parse_integer<decltype(address.port)>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  address.port = *port;

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" ? "127.0.0.1" : host;
  if (!address.host.empty() && !is_literal(bracketed ? AF_INET6 : AF_INET, address.host)) return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace server
