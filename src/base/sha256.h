#pragma once

#include <string>
#include <string_view>

#include "base/openssl.h"
#include "base/secret.h"

namespace base {

/// SHA-256 of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view piece);
  /// In lower-case hex. Once, at the end.
  std::string hex();

 private:
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

/// SHA-256 of `message`, in lower-case hex.
std::string sha256_hex(std::string_view message);

/// HMAC-SHA256 (RFC 2104), 32 bytes: a signature, or a key that is made of one.
Secret hmac_sha256(std::string_view key, std::string_view message);

}  // namespace base
