#include "http/ip_address.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/number.h"

namespace http {
namespace {

constexpr std::string_view kMapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};

template <class Address>
std::optional<std::string> bytes_of(int family, const std::string& text) {
  Address address{};
  if (inet_pton(family, text.c_str(), &address) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(&address), sizeof address);
}

unsigned char byte(char c) {
  return static_cast<unsigned char>(c);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  auto bytes = bytes_of<in_addr>(AF_INET, copy);
  if (!bytes) bytes = bytes_of<in6_addr>(AF_INET6, copy);
  if (!bytes) return std::nullopt;
  if (bytes->starts_with(kMapped)) bytes->erase(0, kMapped.size());
  IpAddress address;
  address.bytes_ = *std::move(bytes);
  return address;
}

bool IpAddress::is_loopback() const {
  if (bytes_.size() == 4) return byte(bytes_[0]) == 127;
  return bytes_ == std::string(15, '\0') + '\1';
}

bool IpAddress::is_link_local() const {
  if (bytes_.size() == 4) return byte(bytes_[0]) == 169 && byte(bytes_[1]) == 254;
  return byte(bytes_[0]) == 0xfe && (byte(bytes_[1]) & 0xc0U) == 0x80U;
}

bool IpAddress::begins_like(const IpAddress& other, int bits) const {
  if (bytes_.size() != other.bytes_.size()) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (bytes_.compare(0, whole, other.bytes_, 0, whole) != 0) return false;
  const unsigned rest = static_cast<unsigned>(bits) % 8;
  const unsigned mask = 0xff00U >> rest & 0xffU;
  return rest == 0 || ((byte(bytes_[whole]) ^ byte(other.bytes_[whole])) & mask) == 0;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  const auto bits = base::parse_integer<int>(digits);
  if (!bits || !base::consists_of(digits, base::is_digit)) return std::nullopt;
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const bool written_as_ipv6 = text.substr(0, slash).find(':') != std::string_view::npos;
  if (*bits > (written_as_ipv6 ? 128 : 32)) return std::nullopt;
  IpNetwork network;
  network.base_ = *base;
  network.bits_ = *bits;
  // An IPv4 network that is written as IPv6; one that is larger than all of IPv4 has no address of IPv4 (as in Go).
  if (written_as_ipv6 && base->bytes_.size() == 4) network.bits_ = *bits - 96;
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  return bits_ >= 0 && address.begins_like(base_, bits_);
}

}  // namespace http
