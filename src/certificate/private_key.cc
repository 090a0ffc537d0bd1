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

#include "certificate/limits.h"
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

Finding wrong_key(std::size_t line, std::string message, std::string hint) {
  return {Severity::kError, Part::kPrivateKey, "InvalidPrivateKey", line, std::move(message), std::move(hint)};
}
Finding wrong_password(std::string message, std::string hint) {
  return {Severity::kError, Part::kPassword, "PasswordInvalid", 0, std::move(message), std::move(hint)};
}

Finding does_not_open() {
  return wrong_password("the password does not open the private key", "check that it is the one of this key");
}
Finding damaged(const PemBlock& block) {
  return wrong_key(block.line, "the private key is damaged, or of an unknown kind", "store it anew");
}

bool is_private_key(PemKind kind) {
  return kind == PemKind::kPrivateKey || kind == PemKind::kEncryptedKey || kind == PemKind::kTraditionalKey;
}

Finding why_no_key(const PemBlock& block) {
  if (block.kind == PemKind::kCertificate || block.kind == PemKind::kTrustedCertificate) {
    return wrong_key(block.line, "a certificate stands with the private key",
                     "take it out, it belongs among the certificates");
  }
  if (block.kind == PemKind::kOpensshKey) {
    return wrong_key(block.line, "a key in the form of OpenSSH", "convert it with ssh-keygen -p -m PKCS8");
  }
  if (block.kind == PemKind::kPublicKey) {
    return wrong_key(block.line, "a public key, not a private key", "put the private key there");
  }
  return wrong_key(block.line, "a block that is no private key", "take it out");
}

/// The one private key among the blocks; what stands there besides is found wrong.
std::optional<PemBlock> find_key(std::vector<PemBlock>& blocks, Findings& findings) {
  std::optional<PemBlock> key;
  bool others = false;
  for (PemBlock& block : blocks) {
    if (block.kind == PemKind::kParameters) continue;
    if (!is_private_key(block.kind)) {
      findings.push_back(why_no_key(block));
      others = true;
    } else if (key) {
      findings.push_back(wrong_key(block.line, "a second private key", "leave only the one of the certificate"));
    } else {
      key = std::move(block);
    }
  }
  if (!key && !others) {
    findings.push_back(wrong_key(0, "no private key in it, only parameters of a curve", "add the private key"));
  }
  return key;
}

bool is_encrypted(const PemBlock& block) {
  return block.kind == PemKind::kEncryptedKey || block.headers.find("ENCRYPTED") != std::string::npos;
}

bool letters_only(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// What the platform will not take, whether or not it opens the key.
std::optional<Finding> check_password(std::string_view password) {
  if (password.empty()) return wrong_password("the password is empty", "store the password of the private key");
  if (password.ends_with('\n') || password.ends_with('\r')) {
    return wrong_password("the password ends in a line break, which counts", "write it without (printf, not echo)");
  }
  if (password.size() > kMaxPasswordLength || !letters_only(password)) {
    return wrong_password("the platform takes only passwords of up to " + std::to_string(kMaxPasswordLength) +
                              " letters, a to z and A to Z",
                          "encrypt the key anew with such a password");
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
    return wrong_key(block.line, "the key is encrypted in an outdated or unusual way",
                     "encrypt it anew with openssl pkcs8 -topk8");
  }
  return does_not_open();
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

/// A key, or why there is none.
struct Opened {
  PublicOrPrivateKey key;
  std::optional<Finding> finding;
};

Opened open_pkcs8(const PemBlock& block, std::string_view password) {
  const unsigned char* at = bytes(block.der.view());
  const EncryptedPkcs8 encrypted(d2i_X509_SIG(nullptr, &at, static_cast<long>(block.der.size())));
  if (!encrypted) return {nullptr, wrong_key(block.line, "the encrypted private key is damaged", "store it anew")};
  if (rounds_of(encrypted.get()) > kMaxRounds) {
    return {nullptr,
            wrong_key(block.line, "opening the key takes too long (over " + std::to_string(kMaxRounds) + " rounds)",
                      "encrypt it anew with openssl pkcs8 -topk8")};
  }
  const Pkcs8 info(PKCS8_decrypt(encrypted.get(), password.data(), static_cast<int>(password.size())));
  if (!info) return {nullptr, cannot_open(block)};
  PublicOrPrivateKey key = from_pkcs8(info.get());
  if (!key) return {nullptr, damaged(block)};
  return {std::move(key), std::nullopt};
}

int give_password(char* buffer, int size, int /*writing*/, void* password) {
  const auto& given = *static_cast<const std::string_view*>(password);
  if (given.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, given.data(), given.size());
  return static_cast<int>(given.size());
}

Opened open_traditional(PemBlock& block, std::string_view password) {
  EVP_CIPHER_INFO cipher{};
  if (PEM_get_EVP_CIPHER_INFO(block.headers.data(), &cipher) != 1) {
    return {nullptr, wrong_key(block.line, "the header of the encrypted key is damaged or names an unknown cipher",
                               "encrypt it anew with openssl pkcs8 -topk8")};
  }
  std::vector<unsigned char> plain(block.der.view().begin(), block.der.view().end());
  long size = static_cast<long>(plain.size());
  Opened opened;
  if (PEM_do_header(&cipher, plain.data(), &size, give_password, &password) != 1) {
    opened.finding = cannot_open(block);
  } else {
    opened.key = from_plain(block, {reinterpret_cast<const char*>(plain.data()), static_cast<std::size_t>(size)});
    // There is no checksum: a wrong password can look right until what it opened is read.
    if (!opened.key) opened.finding = does_not_open();
  }
  base::wipe(plain.data(), plain.size());
  return opened;
}

Opened read_encrypted(PemBlock& block, std::optional<std::string_view> password) {
  if (!password) {
    return {nullptr, wrong_password("the private key is encrypted",
                                    "give its password (spec.privateKeyPasswordSecretRef), or store the key "
                                    "unencrypted")};
  }
  const ErrorQueueGuard errors;  // what the queue holds afterwards says why the key did not open
  auto refused = check_password(*password);
  Opened opened =
      block.kind == PemKind::kEncryptedKey ? open_pkcs8(block, *password) : open_traditional(block, *password);
  const bool password_at_fault = !opened.finding || opened.finding->part == Part::kPassword;
  if (refused && password_at_fault) opened.finding = std::move(refused);
  return opened;
}

Opened read_plain(const PemBlock& block, bool password_given) {
  Opened plain{from_plain(block, block.der.view()), std::nullopt};
  if (!plain.key) {
    plain.finding = damaged(block);
  } else if (password_given) {
    plain.finding =
        wrong_password("a password is given, but the private key is not encrypted",
                       "remove the password (spec.privateKeyPasswordSecretRef), or encrypt the key with it");
  }
  return plain;
}

}  // namespace

PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password) {
  PemText text = read_pem(pem, Part::kPrivateKey);
  PrivateKey read;
  read.findings = std::move(text.findings);
  if (text.blocks.empty()) return read;
  auto block = find_key(text.blocks, read.findings);
  if (!block) return read;
  read.line = block->line;
  Opened opened = is_encrypted(*block) ? read_encrypted(*block, password) : read_plain(*block, password.has_value());
  read.key = std::move(opened.key);
  if (opened.finding) read.findings.push_back(std::move(*opened.finding));
  return read;
}

}  // namespace certificate
