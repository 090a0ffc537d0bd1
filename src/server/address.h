#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace server {

/// The address to listen on. An empty host means all interfaces, IPv4 and IPv6; with port 0 the system selects the
/// port.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

/// Parses "127.0.0.1:8443", "[::1]:8443", "localhost:0" and ":8080". A host is a literal address or localhost: no name
/// is resolved. Returns nothing for any other text.
std::optional<Address> parse_address(std::string_view text);

/// In the form that parse_address accepts.
std::string to_string(const Address& address);

}  // namespace server
