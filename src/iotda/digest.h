#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace iotda {

/// 32 bytes that are wiped when destroyed: a hash, or a key derived from one.
class Digest {
 public:
  Digest() = default;
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  std::string_view view() const;
  unsigned char* data() { return bytes_.data(); }
  static constexpr std::size_t kSize = 32;

 private:
  std::array<unsigned char, kSize> bytes_{};
};

/// SHA-256 of `message`.
void sha256(std::string_view message, Digest& out);

/// HMAC-SHA256 (RFC 2104).
void hmac_sha256(std::string_view key, std::string_view message, Digest& out);

}  // namespace iotda
