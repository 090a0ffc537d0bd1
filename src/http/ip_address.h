#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

/// An IPv4 or IPv6 address. An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is the IPv4 address.
class IpAddress {
 public:
  /// Without brackets, zone or leading zeros.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_loopback() const;
  /// 169.254.0.0/16 and fe80::/10.
  bool is_link_local() const;
  bool operator==(const IpAddress&) const = default;

 private:
  friend class IpNetwork;
  bool begins_like(const IpAddress& other, int bits) const;

  std::string bytes_;  // 4 or 16, in network order
};

/// The addresses that have their first bits in common: 192.0.2.0/24, 2001:db8::/32.
class IpNetwork {
 public:
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;

 private:
  IpAddress base_;
  int bits_ = 0;
};

}  // namespace http
