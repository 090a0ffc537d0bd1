#include "iotda/digest.h"

#include <cstdlib>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/secret.h"

namespace iotda {
namespace {

/// Hashing fails only without memory, or if libcrypto has no SHA-256: then nothing could be signed.
void check(bool ok) {
  if (!ok) std::abort();
}

const unsigned char* bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

}  // namespace

Digest::~Digest() {
  base::wipe(bytes_.data(), bytes_.size());
}

std::string_view Digest::view() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

void sha256(std::string_view message, Digest& out) {
  check(EVP_Digest(message.data(), message.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
}

void hmac_sha256(std::string_view key, std::string_view message, Digest& out) {
  unsigned int size = 0;
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(message), message.size(), out.data(),
             &size) != nullptr);
}

}  // namespace iotda
