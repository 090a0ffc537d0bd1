#include "certificate/bundle.h"

#include <array>
#include <memory>
#include <utility>

#include "base/hex.h"
#include "certificate/formats.h"
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

Explanation why_no_certificate(PemKind kind) {
  switch (kind) {
    case PemKind::kPrivateKey:
    case PemKind::kEncryptedKey:
    case PemKind::kTraditionalKey:
    case PemKind::kOpensshKey:
      return {"a private key stands among the certificates", "take it out, it belongs in the private key alone"};
    case PemKind::kRequest:
      return {"a certificate request, not a certificate", "have it signed by a CA"};
    case PemKind::kPkcs7:
      return {"PKCS#7, not PEM certificates", "convert it with openssl pkcs7 -print_certs"};
    case PemKind::kTrustedCertificate:
      return {"OpenSSL's own form of a trusted certificate", "convert it with openssl x509"};
    case PemKind::kPublicKey:
      return {"a public key, not a certificate", "put the certificate there"};
    case PemKind::kCertificate:
    case PemKind::kParameters:
    case PemKind::kOther:
      break;
  }
  return {"a block that is no certificate", "take it out"};
}

}  // namespace

Bundle read_bundle(std::string_view pem) {
  Bundle bundle;
  PemText text = read_pem(pem, Part::kCertificate);
  bool all_read = text.intact();
  bundle.findings = std::move(text.findings);
  const auto defect = [&](std::size_t line, Explanation what) {
    bundle.findings.push_back({Severity::kError, Part::kCertificate, "InvalidCertificate", line,
                               std::move(what.message), std::move(what.hint)});
  };
  Sha256 hash;
  for (const PemBlock& block : text.blocks) {
    if (block.kind != PemKind::kCertificate) {
      defect(block.line, why_no_certificate(block.kind));
      continue;
    }
    hash.update(block.der.view());
    // Reading one takes 0.1 ms: a whole collection of roots is refused without that.
    if (++bundle.count > kMaxChainLength) continue;
    X509Certificate certificate = parse(block.der.view());
    if (!certificate) {
      defect(block.line, {"the block that begins here is no X.509 certificate", "it is damaged: copy it anew"});
      all_read = false;
      continue;
    }
    bundle.entries.push_back({std::move(certificate), block.line});
  }
  if (all_read && !bundle.entries.empty()) {
    if (const std::string hex = hash.hex(); !hex.empty()) bundle.fingerprint = "sha256:" + hex;
  }
  return bundle;
}

}  // namespace certificate
