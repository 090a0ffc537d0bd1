#include "certificate/encrypted_key.h"

#include <cstring>
#include <limits>
#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/proverr.h>
#include <utility>
#include <vector>

#include "base/openssl.h"
#include "certificate/content.h"

namespace certificate {
namespace {

using EncryptedPkcs8 = base::Owned<X509_SIG, X509_SIG_free>;
using Pbes1 = base::Owned<PBEPARAM, PBEPARAM_free>;
using Pbes2 = base::Owned<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2 = base::Owned<PBKDF2PARAM, PBKDF2PARAM_free>;
using Scrypt = base::Owned<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

/// Maximum work to derive a key from a password, in iterations of PBKDF2 or in N·r·p of scrypt: a third of a second.
/// Usual values are 2,048 to 600,000. Without a limit, one Secret could use a processor for hours.
constexpr std::int64_t kMaxRounds = 600'000;

/// Default memory limit of scrypt. Source: EVP_PBE_scrypt in OpenSSL 1.1 to 3.x.
constexpr std::int64_t kOpensslScryptMemory = std::int64_t{32} << 20U;

constexpr const char* kEncryptAgain = "re-encrypt it with openssl pkcs8 -topk8";

template <class Param, class Item>
Param unpacked(const ASN1_TYPE* type, const Item* item) {
  return Param(static_cast<typename Param::pointer>(ASN1_TYPE_unpack_sequence(item, type)));
}

std::int64_t value_of(const ASN1_INTEGER* number) {
  std::int64_t value = 0;
  return ASN1_INTEGER_get_int64(&value, number) == 1 ? value : std::numeric_limits<std::int64_t>::max();
}

std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t all = 1;
  for (const std::int64_t factor : factors) {
    if (factor < 0 || __builtin_mul_overflow(all, factor, &all)) return std::numeric_limits<std::int64_t>::max();
  }
  return all;
}

/// The cost of decrypting a private key.
struct Cost {
  std::int64_t rounds = 0;         ///< 0 if OpenSSL rejects the parameters
  std::int64_t scrypt_memory = 0;  ///< in bytes; 0 without scrypt
};

Cost cost_of(const X509_ALGOR* algorithm) {
  if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2) {
    const auto params = unpacked<Pbes1>(algorithm->parameter, ASN1_ITEM_rptr(PBEPARAM));
    return {params ? value_of(params->iter) : 0, 0};
  }
  const auto params = unpacked<Pbes2>(algorithm->parameter, ASN1_ITEM_rptr(PBE2PARAM));
  if (!params) return {};
  const int derivation = OBJ_obj2nid(params->keyfunc->algorithm);
  if (derivation == NID_id_pbkdf2) {
    const auto pbkdf2 = unpacked<Pbkdf2>(params->keyfunc->parameter, ASN1_ITEM_rptr(PBKDF2PARAM));
    return {pbkdf2 ? value_of(pbkdf2->iter) : 0, 0};
  }
  if (derivation == NID_id_scrypt) {
    const auto scrypt = unpacked<Scrypt>(params->keyfunc->parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    if (!scrypt) return {};
    const std::int64_t n = value_of(scrypt->costParameter);
    const std::int64_t r = value_of(scrypt->blockSize);
    const std::int64_t p = value_of(scrypt->parallelizationParameter);
    // In the way that OpenSSL counts: 128·r·(N + 2) for the table, 128·r·p for the blocks.
    const std::int64_t table = product({128, r, n < std::numeric_limits<std::int64_t>::max() - 2 ? n + 2 : n});
    const std::int64_t blocks = product({128, r, p});
    const bool huge = table > std::numeric_limits<std::int64_t>::max() - blocks;
    return {product({n, r, p}), huge ? std::numeric_limits<std::int64_t>::max() : table + blocks};
  }
  return {};
}

OpenedKey cannot_open(std::string message) {
  return {OpenedKey::Outcome::kCannotOpen, {}, std::move(message), kEncryptAgain};
}

/// Whether OpenSSL could not even start to decrypt, so that the password is not the cause. With a wrong password, the
/// error queue says that the end of the decrypted data is wrong, or that it is not ASN.1.
bool could_not_begin() {
  bool failed_at_the_end = false;
  bool any = false;
  while (const unsigned long error = ERR_get_error()) {
    const int library = ERR_GET_LIB(error);
    const int reason = ERR_GET_REASON(error);
    any = true;
    if (reason == ERR_R_UNSUPPORTED ||
        (library == ERR_LIB_EVP && (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER))) {
      return true;
    }
    failed_at_the_end =
        failed_at_the_end || (library == ERR_LIB_PKCS12 && reason == PKCS12_R_PKCS12_CIPHERFINAL_ERROR) ||
        (library == ERR_LIB_PEM && reason == PEM_R_BAD_DECRYPT) ||
        (library == ERR_LIB_PROV && (reason == PROV_R_BAD_DECRYPT || reason == PROV_R_WRONG_FINAL_BLOCK_LENGTH)) ||
        (library == ERR_LIB_EVP && reason == EVP_R_BAD_DECRYPT);
  }
  return any && !failed_at_the_end;
}

OpenedKey failed() {
  if (could_not_begin())
    return cannot_open(
        "the private key is encrypted with an outdated or unusual algorithm that OpenSSL cannot decrypt");
  return {};
}

/// Decryption with a wrong password can succeed by chance, but the result is then not a key.
OpenedKey opened(base::Secret der) {
  if (!is_whole_der(der.view())) return {};
  OpenedKey key;
  key.outcome = OpenedKey::Outcome::kOpened;
  key.der = std::move(der);
  return key;
}

int give_password(char* buffer, int size, int /*writing*/, void* password) {
  const auto& given = *static_cast<const std::string_view*>(password);
  if (given.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, given.data(), given.size());
  return static_cast<int>(given.size());
}

}  // namespace

OpenedKey open_pkcs8(std::string_view der, std::string_view password) {
  const base::ErrorQueueGuard errors;  // what the queue holds afterwards says why the key did not open
  const unsigned char* at = base::bytes(der);
  const EncryptedPkcs8 encrypted(d2i_X509_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!encrypted) {
    return {OpenedKey::Outcome::kCannotOpen, {}, "the encrypted private key is damaged", "store it again"};
  }
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OCTET_STRING* content = nullptr;
  X509_SIG_get0(encrypted.get(), &algorithm, &content);
  const Cost cost = cost_of(algorithm);
  if (cost.rounds > kMaxRounds) {
    return cannot_open(
        "decrypting the private key takes too long: more than 600,000 iterations of PBKDF2, or an N·r·p of scrypt "
        "above that");
  }
  if (cost.scrypt_memory > kOpensslScryptMemory) {
    return cannot_open(
        "the scrypt parameters of the private key need more than the 32 MiB of memory that OpenSSL allows, so no "
        "password decrypts it there");
  }
  unsigned char* plain = nullptr;
  int size = 0;
  PKCS12_pbe_crypt(algorithm, password.data(), static_cast<int>(password.size()), ASN1_STRING_get0_data(content),
                   ASN1_STRING_length(content), &plain, &size, 0);
  if (plain == nullptr) return failed();
  base::Secret key = base::Secret::copy_of({reinterpret_cast<const char*>(plain), static_cast<std::size_t>(size)});
  OPENSSL_clear_free(plain, static_cast<std::size_t>(size));
  return opened(std::move(key));
}

OpenedKey open_traditional(const std::string& headers, std::string_view body, std::string_view password) {
  const base::ErrorQueueGuard errors;
  if (password.size() > PEM_BUFSIZE) return {};  // OpenSSL has no room for it
  EVP_CIPHER_INFO cipher{};
  std::string copy = headers;
  if (PEM_get_EVP_CIPHER_INFO(copy.data(), &cipher) != 1) {
    return cannot_open("the header of the encrypted private key is damaged or names an unknown cipher");
  }
  std::vector<unsigned char> plain(body.begin(), body.end());
  long size = static_cast<long>(plain.size());
  OpenedKey key;
  if (PEM_do_header(&cipher, plain.data(), &size, give_password, &password) != 1) {
    key = failed();
  } else {
    key = opened(base::Secret::copy_of({reinterpret_cast<const char*>(plain.data()), static_cast<std::size_t>(size)}));
  }
  base::wipe(plain.data(), plain.size());
  return key;
}

}  // namespace certificate
