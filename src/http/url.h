#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace http {

/// Scheme, host and port of a server. No path, user info, query or fragment.
struct Origin {
  bool tls = true;
  std::string host;  ///< As in a URL, in lower case; an IPv6 literal without its brackets.
  int port = 443;

  /// The Host header: with the port only if it is not the default of the scheme.
  std::string authority() const;
  std::string to_string() const;
};

/// Parses "https://host[:port][/]" or "http://…". Returns nothing for any other text.
std::optional<Origin> parse_origin(std::string_view url);

/// True for an IPv4 or IPv6 literal (without brackets).
bool is_ip_address(const std::string& host);

/// True for localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

}  // namespace http
