#include "certificate/bundle.h"

#include <utility>

#include "base/sha256.h"
#include "certificate/content.h"
#include "certificate/formats.h"
#include "certificate/pem.h"

namespace certificate {
namespace {

/// The certificate that `der` is; null if it is none, or something stands behind it.
base::X509Certificate parse(std::string_view der) {
  const unsigned char* at = base::bytes(der);
  base::X509Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != base::bytes(der) + der.size()) return nullptr;
  return certificate;
}

/// What a block holds that is not labelled as a certificate.
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

/// What a block holds that is labelled as a certificate and is none.
Explanation why_damaged(std::string_view der) {
  const Recognised found = recognise(der);
  const std::string label = "the block is labelled CERTIFICATE, but it holds ";
  switch (found.form) {
    case Form::kPkcs7:
      return {label + "PKCS#7 (.p7b)", "convert it: openssl pkcs7 -inform DER -print_certs, from the base64 decoded"};
    case Form::kPkcs12:
      return {label + "PKCS#12 (.p12, .pfx)",
              "decode its base64, then take certificates and key out of it with openssl pkcs12 -nodes"};
    case Form::kRequest:
      return {label + "a certificate request (CSR)", "store the certificate that the CA issued for it"};
    case Form::kPkcs8Key:
    case Form::kEncryptedKey:
    case Form::kRsaKey:
    case Form::kEcKey:
    case Form::kDsaKey:
      return {label + "a private key", "take it out, it belongs in the private key alone, under its own label"};
    case Form::kPem:
      return {label + "a PEM text: it was encoded twice",
              "decode the base64 inside of the block, and store what is in it"};
    case Form::kCertificate:
    case Form::kBinary:
    case Form::kText:
    case Form::kEmpty:
      break;
    default:
      return {label + std::string(name_of(found.form)), "put the certificate there"};
  }
  if (found.form == Form::kCertificate && found.encodings == 0 && !is_whole_der(der)) {
    return {"the block that begins here is no X.509 certificate: it is cut off, or something stands behind it",
            "copy it anew"};
  }
  return {"the block that begins here is no X.509 certificate", "it is damaged: copy it anew"};
}

}  // namespace

Bundle read_bundle(std::string_view pem, Source source) {
  Bundle bundle;
  PemText text = read_pem(pem, Part::kCertificate, source);
  bool all_read = !text.lost;
  bundle.repaired = !text.intact();
  bundle.findings = std::move(text.findings);
  const auto add = [&](Severity severity, const char* reason, std::size_t line, Explanation what) {
    bundle.findings.push_back(
        {severity, Part::kCertificate, reason, line, std::move(what.message), std::move(what.hint)});
  };
  base::Sha256 hash;
  bool old_label = false;
  for (const PemBlock& block : text.blocks) {
    const bool mislabelled = block.kind != PemKind::kCertificate &&
                             form_of_der(block.der.view()) == Form::kCertificate && is_whole_der(block.der.view());
    if (mislabelled) {
      add(Severity::kError, "InvalidCertificate", block.line,
          {"a certificate under the label of something else", "its BEGIN and END lines must say CERTIFICATE"});
    } else if (block.kind != PemKind::kCertificate) {
      add(Severity::kError, "InvalidCertificate", block.line, why_no_certificate(block.kind));
      continue;
    }
    hash.update(block.der.view());
    // Reading one takes 0.1 ms: a whole collection of roots is refused without that.
    if (++bundle.count > kMaxChainLength) continue;
    base::X509Certificate certificate = parse(block.der.view());
    if (!certificate) {
      add(Severity::kError, "InvalidCertificate", block.line, why_damaged(block.der.view()));
      all_read = false;
      continue;
    }
    if (!mislabelled && block.label != "CERTIFICATE" && !std::exchange(old_label, true)) {
      add(Severity::kWarning, "UnusualLabel", block.line,
          {"the block has an old label, X509 CERTIFICATE or the like, which strict readers (RFC 7468, Go) refuse",
           "its BEGIN and END lines should say CERTIFICATE"});
    }
    bundle.entries.push_back({std::move(certificate), block.line});
  }
  if (all_read && !bundle.entries.empty()) bundle.fingerprint = "sha256:" + hash.hex();
  return bundle;
}

}  // namespace certificate
