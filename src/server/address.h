#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace server {

/// Where to listen. An empty host is every interface, IPv4 and IPv6; port 0 lets the system choose.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

/// Reads "127.0.0.1:8443", "[::1]:8443", "localhost:0" and ":8080". A host is a literal address or localhost: no
/// name is looked up. None if it is anything else.
std::optional<Address> parse_address(std::string_view text);

/// As parse_address reads it.
std::string to_string(const Address& address);

}  // namespace server
