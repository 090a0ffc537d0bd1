#include "certificate/private_key.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <utility>
#include <vector>

#include "certificate/pem.h"

namespace certificate {
namespace {

using EncryptedPkcs8 = std::unique_ptr<X509_SIG, OpensslDeleter<X509_SIG, X509_SIG_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslDeleter<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>>;
using Pbes1 = std::unique_ptr<PBEPARAM, OpensslDeleter<PBEPARAM, PBEPARAM_free>>;
using Pbes2 = std::unique_ptr<PBE2PARAM, OpensslDeleter<PBE2PARAM, PBE2PARAM_free>>;
using Pbkdf2 = std::unique_ptr<PBKDF2PARAM, OpensslDeleter<PBKDF2PARAM, PBKDF2PARAM_free>>;
using Scrypt = std::unique_ptr<SCRYPT_PARAMS, OpensslDeleter<SCRYPT_PARAMS, SCRYPT_PARAMS_free>>;

/// The work that turning a password into a key may be, in rounds of PBKDF2 or in N·r·p of scrypt: half a second. What
/// is usual is 2,048 to 600,000. Without a bound one Secret could keep a processor busy for hours.
constexpr std::int64_t kMaxRounds = 1'000'000;

constexpr const char* kDoesNotOpen = "the password does not open the private key: check that it is the one of this key";

Finding wrong_key(std::string message) {
  return {Part::kPrivateKey, "InvalidPrivateKey", std::move(message)};
}
Finding wrong_password(std::string message) {
  return {Part::kPassword, "PasswordInvalid", std::move(message)};
}

std::string at_line(const PemBlock& block) {
  return "line " + std::to_string(block.line) + ": ";
}

bool is_private_key(PemKind kind) {
  return kind == PemKind::kPrivateKey || kind == PemKind::kEncryptedKey || kind == PemKind::kTraditionalKey;
}

std::string why_no_key(const PemBlock& block) {
  if (block.kind == PemKind::kCertificate || block.kind == PemKind::kTrustedCertificate) {
    return at_line(block) + "a certificate stands with the private key: take it out, it belongs among the certificates";
  }
  if (block.kind == PemKind::kOpensshKey) {
    return at_line(block) + "a key in the form of OpenSSH: convert it with ssh-keygen -p -m PKCS8";
  }
  if (block.kind == PemKind::kPublicKey) return at_line(block) + "a public key, not a private key";
  return at_line(block) + "a block that is no private key: take it out";
}

/// The one private key of the text, or what is wrong.
std::optional<Finding> find_key(std::string_view pem, PemBlock& key) {
  PemText text = read_pem(pem);
  if (!text.defects.empty()) return wrong_key(text.defects.front());
  if (text.blocks.empty()) {
    const std::string why = explain_no_pem(pem);
    return wrong_key(!why.empty() ? why : "no private key in it: -----BEGIN PRIVATE KEY----- is missing");
  }
  bool found = false;
  for (PemBlock& block : text.blocks) {
    if (block.kind == PemKind::kParameters) continue;
    if (!is_private_key(block.kind)) return wrong_key(why_no_key(block));
    if (found) return wrong_key(at_line(block) + "a second private key: leave only the one of the certificate");
    found = true;
    key = std::move(block);
  }
  if (!found) return wrong_key("no private key in it, only parameters of a curve");
  return std::nullopt;
}

bool is_encrypted(const PemBlock& block) {
  return block.kind == PemKind::kEncryptedKey || block.headers.find("ENCRYPTED") != std::string::npos;
}

bool letters_only(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// What the platform will not take, whether or not it opens the key.
std::optional<Finding> check_password(std::string_view password) {
  if (password.empty()) return wrong_password("the password is empty");
  if (password.ends_with('\n') || password.ends_with('\r')) {
    return wrong_password("the password ends in a line break, which counts: write it without (printf, not echo)");
  }
  if (password.size() > kMaxPasswordLength || !letters_only(password)) {
    return wrong_password("the platform takes only passwords of up to " + std::to_string(kMaxPasswordLength) +
                          " letters, a to z and A to Z: encrypt the key anew with such a password");
  }
  return std::nullopt;
}

template <class Param, class Item>
Param unpacked(const ASN1_TYPE* type, const Item* item) {
  return Param(static_cast<typename Param::pointer>(ASN1_TYPE_unpack_sequence(item, type)));
}

std::int64_t value_of(const ASN1_INTEGER* number) {
  std::int64_t value = 0;
  return ASN1_INTEGER_get_int64(&value, number) == 1 ? value : std::numeric_limits<std::int64_t>::max();
}

/// The rounds that the encryption of `key` asks for; 0 if its parameters are of a kind that OpenSSL will refuse.
std::int64_t rounds_of(const X509_SIG* key) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(key, &algorithm, nullptr);
  if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2) {
    const auto params = unpacked<Pbes1>(algorithm->parameter, ASN1_ITEM_rptr(PBEPARAM));
    return params ? value_of(params->iter) : 0;
  }
  const auto params = unpacked<Pbes2>(algorithm->parameter, ASN1_ITEM_rptr(PBE2PARAM));
  if (!params) return 0;
  const int derivation = OBJ_obj2nid(params->keyfunc->algorithm);
  if (derivation == NID_id_pbkdf2) {
    const auto pbkdf2 = unpacked<Pbkdf2>(params->keyfunc->parameter, ASN1_ITEM_rptr(PBKDF2PARAM));
    return pbkdf2 ? value_of(pbkdf2->iter) : 0;
  }
  if (derivation == NID_id_scrypt) {
    const auto scrypt = unpacked<Scrypt>(params->keyfunc->parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    if (!scrypt) return 0;
    std::int64_t work = 1;
    for (const ASN1_INTEGER* factor : {scrypt->costParameter, scrypt->blockSize, scrypt->parallelizationParameter}) {
      if (__builtin_mul_overflow(work, value_of(factor), &work)) return std::numeric_limits<std::int64_t>::max();
    }
    return work;
  }
  return 0;
}

/// OpenSSL does not know the cipher or the key derivation (any more).
bool says_unsupported() {
  while (const unsigned long error = ERR_get_error()) {
    const int reason = ERR_GET_REASON(error);
    if (reason == ERR_R_UNSUPPORTED) return true;
    if (ERR_GET_LIB(error) == ERR_LIB_EVP &&
        (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
         reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION)) {
      return true;
    }
  }
  return false;
}

Finding cannot_open(const PemBlock& block) {
  if (says_unsupported()) {
    return wrong_key(at_line(block) +
                     "the key is encrypted in an outdated or unusual way: encrypt it anew with openssl pkcs8 -topk8");
  }
  return wrong_password(kDoesNotOpen);
}

PublicOrPrivateKey from_pkcs8(const PKCS8_PRIV_KEY_INFO* info) {
  return PublicOrPrivateKey(EVP_PKCS82PKEY(info));
}

PublicOrPrivateKey from_plain(const PemBlock& block, std::string_view der) {
  const unsigned char* at = bytes(der);
  const long size = static_cast<long>(der.size());
  if (block.kind == PemKind::kPrivateKey) {
    const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size));
    return info ? from_pkcs8(info.get()) : nullptr;
  }
  const int type = block.label.starts_with("RSA")  ? EVP_PKEY_RSA
                   : block.label.starts_with("EC") ? EVP_PKEY_EC
                                                   : EVP_PKEY_DSA;
  return PublicOrPrivateKey(d2i_PrivateKey(type, nullptr, &at, size));
}

PrivateKey open_pkcs8(const PemBlock& block, std::string_view password) {
  const unsigned char* at = bytes(block.der.view());
  const EncryptedPkcs8 encrypted(d2i_X509_SIG(nullptr, &at, static_cast<long>(block.der.size())));
  if (!encrypted) return {nullptr, wrong_key(at_line(block) + "the encrypted private key is damaged")};
  if (rounds_of(encrypted.get()) > kMaxRounds) {
    return {nullptr, wrong_key(at_line(block) + "opening the key takes too long (over " + std::to_string(kMaxRounds) +
                               " rounds): encrypt it anew with openssl pkcs8 -topk8")};
  }
  const Pkcs8 info(PKCS8_decrypt(encrypted.get(), password.data(), static_cast<int>(password.size())));
  if (!info) return {nullptr, cannot_open(block)};
  PublicOrPrivateKey key = from_pkcs8(info.get());
  if (!key) return {nullptr, wrong_key(at_line(block) + "the private key is damaged, or of an unknown kind")};
  return {std::move(key), std::nullopt};
}

int give_password(char* buffer, int size, int /*writing*/, void* password) {
  const auto& given = *static_cast<const std::string_view*>(password);
  if (given.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, given.data(), given.size());
  return static_cast<int>(given.size());
}

PrivateKey open_traditional(PemBlock& block, std::string_view password) {
  EVP_CIPHER_INFO cipher{};
  if (PEM_get_EVP_CIPHER_INFO(block.headers.data(), &cipher) != 1) {
    return {nullptr,
            wrong_key(at_line(block) + "the header of the encrypted key is damaged or names an unknown cipher")};
  }
  std::vector<unsigned char> plain(block.der.view().begin(), block.der.view().end());
  long size = static_cast<long>(plain.size());
  PrivateKey opened;
  if (PEM_do_header(&cipher, plain.data(), &size, give_password, &password) != 1) {
    opened.finding = cannot_open(block);
  } else {
    opened.key = from_plain(block, {reinterpret_cast<const char*>(plain.data()), static_cast<std::size_t>(size)});
    // There is no checksum: a wrong password can look right until what it opened is read.
    if (!opened.key) opened.finding = wrong_password(kDoesNotOpen);
  }
  base::wipe(plain.data(), plain.size());
  return opened;
}

PrivateKey read_encrypted(PemBlock& block, std::optional<std::string_view> password) {
  if (!password) {
    return {nullptr,
            wrong_password("the private key is encrypted: give its password (spec.privateKeyPasswordSecretRef), or "
                           "store the key unencrypted")};
  }
  const ErrorQueueGuard errors;  // what the queue holds afterwards says why the key did not open
  auto refused = check_password(*password);
  PrivateKey opened =
      block.kind == PemKind::kEncryptedKey ? open_pkcs8(block, *password) : open_traditional(block, *password);
  const bool password_at_fault = !opened.finding || opened.finding->part == Part::kPassword;
  if (refused && password_at_fault) opened.finding = std::move(refused);
  return opened;
}

}  // namespace

PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password) {
  PemBlock block;
  if (auto finding = find_key(pem, block)) return {nullptr, std::move(finding)};
  if (is_encrypted(block)) return read_encrypted(block, password);

  PrivateKey plain{from_plain(block, block.der.view()), std::nullopt};
  if (!plain.key) {
    plain.finding = wrong_key(at_line(block) + "the private key is damaged, or of an unknown kind");
  } else if (password) {
    plain.finding = wrong_password(
        "a password is given, but the private key is not encrypted: remove the password "
        "(spec.privateKeyPasswordSecretRef), or encrypt the key with it");
  }
  return plain;
}

}  // namespace certificate
