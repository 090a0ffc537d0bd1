#include "base/sha256.h"

#include <openssl/hmac.h>
#include <utility>

#include "base/hex.h"
#include "base/invariant.h"

namespace base {
namespace {

constexpr std::size_t kSize = 32;

/// Nothing could be signed or compared then.
void must_hash(bool done) {
  must(done, "hashing fails only without memory, or in a libcrypto without SHA-256");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  must_hash(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::string_view piece) {
  must_hash(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1);
}

std::string Sha256::hex() {
  std::string digest(kSize, '\0');
  must_hash(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return to_hex(digest);
}

std::string sha256_hex(std::string_view message) {
  Sha256 hash;
  hash.update(message);
  return hash.hex();
}

Secret hmac_sha256(std::string_view key, std::string_view message) {
  std::string digest(kSize, '\0');
  must_hash(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(message), message.size(),
                 reinterpret_cast<unsigned char*>(digest.data()), nullptr) != nullptr);
  return Secret(std::move(digest));
}

}  // namespace base
