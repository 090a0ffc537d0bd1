#include "certificate/key_quality.h"

#include <algorithm>
#include <array>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string>
#include <utility>

namespace certificate {
namespace {

using DigestContext = base::Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

bool usual_curve(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return false;
  constexpr std::array<int, 3> usual{NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
  return std::find(usual.begin(), usual.end(), OBJ_txt2nid(name.data())) != usual.end();
}

/// Why TLS cannot use a key of this type; empty if it can.
std::string uselessness_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "SM2") == 1) return "an SM2 key, which standard TLS does not use";
  for (const char* fit : {"RSA", "RSA-PSS", "EC", "ED25519", "ED448", "DSA"}) {
    if (EVP_PKEY_is_a(key, fit) == 1) return {};
  }
  if (EVP_PKEY_is_a(key, "X25519") == 1 || EVP_PKEY_is_a(key, "X448") == 1) {
    return "an X25519 or X448 key, which cannot sign: no version of TLS can use it in a certificate";
  }
  return "of a type that TLS does not use";
}

/// Why few devices support a key of this type; empty for the usual ones.
std::string oddness_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return EVP_PKEY_get_bits(key) <= kMaxRsaBits ? ""
                                                   : "an RSA key of more than 8,192 bits, which few devices can use";
    case EVP_PKEY_EC:
      return usual_curve(key) ? ""
                              : "an EC key on a curve other than P-256, P-384 or P-521, which TLS does not negotiate";
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return "an Ed25519 or Ed448 key, which many devices and TLS 1.2 stacks do not support";
    case EVP_PKEY_RSA_PSS:
      return "an RSA-PSS key, which many devices do not support";
    case EVP_PKEY_DSA:
      return "a DSA key, which TLS 1.3 does not allow and most stacks no longer support";
    default:
      return {};
  }
}

/// Keys of other types or sizes could use a processor for a long time.
bool may_be_tried(const EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  return (type == EVP_PKEY_EC && usual_curve(key)) || (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) <= kMaxRsaBits);
}

/// Comparing the public parts is not enough: a key file has its own copy of the public key, next to a private part that
/// can be damaged.
bool signs_for(EVP_PKEY* key, EVP_PKEY* public_key) {
  constexpr std::array<unsigned char, 4> kText{'t', 'r', 'y', '\n'};
  std::array<unsigned char, kMaxRsaBits / 8> signature{};
  std::size_t size = signature.size();
  const DigestContext signing(EVP_MD_CTX_new());
  const DigestContext verifying(EVP_MD_CTX_new());
  return EVP_DigestSignInit(signing.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestSign(signing.get(), signature.data(), &size, kText.data(), kText.size()) == 1 &&
         EVP_DigestVerifyInit(verifying.get(), nullptr, EVP_sha256(), nullptr, public_key) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.data(), size, kText.data(), kText.size()) == 1;
}

}  // namespace

std::string weakness_of(const EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  const int bits = EVP_PKEY_get_bits(key);
  if ((type != EVP_PKEY_RSA && type != EVP_PKEY_RSA_PSS) || bits >= kMinRsaBits) return {};
  return "an RSA key of " + std::to_string(bits) + " bits, which TLS stacks reject";
}

bool has_explicit_curve(const EVP_PKEY* key) {
  int explicit_curve = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_curve) == 1 &&
         explicit_curve == 1;
}

void check_key_works(const Evidence& e, Findings& findings) {
  if (!e.key_owner || !may_be_tried(e.key.get())) return;
  if (signs_for(e.key.get(), X509_get0_pubkey(e.certificate(*e.key_owner)))) return;
  findings.push_back({Severity::kError, Part::kPrivateKey, "InvalidPrivateKey", e.key_line,
                      "the private key is damaged: its signatures do not match the certificate", "store it again"});
}

void check_match(const Evidence& e, Findings& findings) {
  // If there are too many certificates, not all of them were parsed.
  if (!e.key || !e.has_chain() || e.key_owner == e.leaf || e.bundle.too_long() ||
      X509_get0_pubkey(e.certificate(e.leaf)) == nullptr)
    return;
  std::string message = "the private key does not match the certificate";
  std::string hint = "store the private key that belongs to the certificate";
  if (e.key_owner) {
    message = "the private key belongs to the CA whose certificate begins on line " +
              std::to_string(e.line(*e.key_owner)) + ", not to the server certificate";
    hint = "store the private key of the certificate that begins on line " + std::to_string(e.line(e.leaf)) +
           ", and keep the key of the CA elsewhere";
  } else if (e.key_of_authority) {
    message = "the private key belongs to the CA in ca.crt, not to the server certificate";
    hint = "store the private key of the server certificate, and keep the key of the CA elsewhere";
  }
  findings.push_back({Severity::kError, Part::kPrivateKey, "KeyMismatch", 0, std::move(message), std::move(hint)});
}

void check_key_quality(const Evidence& e, Findings& findings) {
  const bool of_key = e.key != nullptr;
  if (!of_key && !e.has_chain()) return;
  const EVP_PKEY* key = of_key ? e.key.get() : X509_get0_pubkey(e.certificate(e.leaf));
  if (key == nullptr) return;
  const Part part = of_key ? Part::kPrivateKey : Part::kCertificate;
  const std::size_t line = of_key ? e.key_line : e.line(e.leaf);
  const auto refuse = [&](std::string message, std::string hint) {
    findings.push_back({Severity::kError, part, unreadable(part), line, std::move(message), std::move(hint)});
  };
  const std::string useless = uselessness_of(key);
  if (!useless.empty()) refuse("the key is " + useless, "reissue the certificate with an RSA 2048 or EC P-256 key");
  if (const std::string weak = weakness_of(key); !weak.empty()) {
    refuse("the key is " + weak, "reissue the certificate with an RSA 2048 or EC P-256 key");
  }
  if (has_explicit_curve(key)) {
    refuse("the key has explicit curve parameters, which strict TLS stacks and Go reject",
           of_key ? "convert it to a named curve with openssl ec -param_enc named_curve"
                  : "reissue the certificate with a key on a named curve (P-256)");
  }
  const X509* leaf = e.has_chain() && of_key ? e.certificate(e.leaf) : nullptr;
  if (const EVP_PKEY* served = leaf != nullptr ? X509_get0_pubkey(leaf) : nullptr;
      served != nullptr && has_explicit_curve(served)) {
    findings.push_back({Severity::kError, Part::kCertificate, "InvalidCertificate", e.line(e.leaf),
                        "the public key of the certificate has explicit curve parameters, which TLS stacks reject",
                        "reissue the certificate with a key on a named curve (P-256)"});
  }
  if (const std::string odd = useless.empty() ? oddness_of(key) : ""; !odd.empty()) {
    findings.push_back({Severity::kWarning, part, "UnusualKey", line, "the key is " + odd,
                        "use RSA 2048 to 4096 or EC P-256, which work everywhere"});
  }
}

}  // namespace certificate
