#include "certificate/bundle.h"

#include <array>
#include <memory>

#include "base/hex.h"
#include "certificate/pem.h"

namespace certificate {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { ok_ = EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1; }
  void update(std::string_view s) { ok_ = ok_ && EVP_DigestUpdate(context_.get(), s.data(), s.size()) == 1; }
  /// Empty without memory.
  std::string hex() {
    std::array<char, 32> digest{};
    ok_ = ok_ && EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1;
    return ok_ ? base::to_hex({digest.data(), digest.size()}) : "";
  }

 private:
  std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX, EVP_MD_CTX_free>> context_;
  bool ok_ = false;
};

/// The certificate that `der` is; null if it is none, or something stands behind it.
X509Certificate parse(std::string_view der) {
  const unsigned char* at = bytes(der);
  X509Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != bytes(der) + der.size()) return nullptr;
  return certificate;
}

std::string_view why_no_certificate(PemKind kind) {
  switch (kind) {
    case PemKind::kPrivateKey:
    case PemKind::kEncryptedKey:
    case PemKind::kTraditionalKey:
    case PemKind::kOpensshKey:
      return "a private key stands among the certificates: take it out, it belongs in the private key alone";
    case PemKind::kRequest:
      return "a certificate request, not a certificate: have it signed by a CA";
    case PemKind::kPkcs7:
      return "PKCS#7, not PEM certificates: convert it with openssl pkcs7 -print_certs";
    case PemKind::kTrustedCertificate:
      return "OpenSSL's own form of a trusted certificate: convert it with openssl x509";
    case PemKind::kPublicKey:
      return "a public key, not a certificate";
    case PemKind::kCertificate:
    case PemKind::kParameters:
    case PemKind::kOther:
      break;
  }
  return "a block that is no certificate: take it out";
}

}  // namespace

Bundle read_bundle(std::string_view pem) {
  Bundle bundle;
  PemText text = read_pem(pem);
  if (text.blocks.empty() && text.defects.empty()) {
    const std::string why = explain_no_pem(pem);
    bundle.defects.push_back(!why.empty() ? why : "no certificate in it: -----BEGIN CERTIFICATE----- is missing");
    return bundle;
  }
  bool all_read = text.defects.empty();
  bundle.defects = std::move(text.defects);
  Sha256 hash;
  for (const PemBlock& block : text.blocks) {
    const std::string at_line = "line " + std::to_string(block.line) + ": ";
    if (block.kind != PemKind::kCertificate) {
      bundle.defects.push_back(at_line + std::string(why_no_certificate(block.kind)));
      continue;
    }
    X509Certificate certificate = parse(block.der.view());
    if (!certificate) {
      bundle.defects.push_back(at_line + "the block that begins here is no X.509 certificate: it is damaged");
      all_read = false;
      continue;
    }
    hash.update(block.der.view());
    bundle.entries.push_back({std::move(certificate), block.line});
  }
  if (bundle.entries.empty() && bundle.defects.empty()) bundle.defects.emplace_back("no certificate in it");
  if (all_read && !bundle.entries.empty()) {
    if (const std::string hex = hash.hex(); !hex.empty()) bundle.fingerprint = "sha256:" + hex;
  }
  return bundle;
}

}  // namespace certificate
