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

/// What is wrong with a block that is not labelled as a certificate.
Explanation why_no_certificate(PemKind kind) {
  switch (kind) {
    case PemKind::kPrivateKey:
    case PemKind::kEncryptedKey:
    case PemKind::kTraditionalKey:
    case PemKind::kOpensshKey:
      return {"the certificate chain contains a private key", "remove it; store it only as the private key"};
    case PemKind::kRequest:
      return {"this is a certificate request (CSR), not a certificate",
              "submit it to a CA and store the certificate that the CA issues"};
    case PemKind::kPkcs7:
      return {"this is PKCS#7, not PEM certificates", "convert it with openssl pkcs7 -print_certs"};
    case PemKind::kTrustedCertificate:
      return {"this is a trusted certificate in the format of OpenSSL", "convert it with openssl x509"};
    case PemKind::kPublicKey:
      return {"this is a public key, not a certificate", "replace it with the certificate"};
    case PemKind::kCertificate:
    case PemKind::kParameters:
    case PemKind::kOther:
      break;
  }
  return {"this PEM block is not a certificate", "remove it"};
}

/// What is wrong with a block that is labelled as a certificate but is not one.
Explanation why_damaged(std::string_view der) {
  const Recognised found = recognise(der);
  const std::string label = "the PEM block is labelled CERTIFICATE but contains ";
  switch (found.form) {
    case Form::kPkcs7:
      return {label + "PKCS#7 (.p7b)",
              "decode the base64, then convert it with openssl pkcs7 -inform DER -print_certs"};
    case Form::kPkcs12:
      return {label + "PKCS#12 (.p12, .pfx)",
              "decode the base64, then extract the certificates and the private key with openssl pkcs12 -nodes"};
    case Form::kRequest:
      return {label + "a certificate request (CSR)", "store the certificate that the CA issued for it"};
    case Form::kPkcs8Key:
    case Form::kEncryptedKey:
    case Form::kRsaKey:
    case Form::kEcKey:
    case Form::kDsaKey:
      return {label + "a private key", "remove it; store it only as the private key, with its own label"};
    case Form::kPem:
      return {label + "PEM text: it was base64-encoded twice", "decode the base64 in the block and store the result"};
    case Form::kCertificate:
    case Form::kBinary:
    case Form::kText:
    case Form::kEmpty:
      break;
    default:
      return {label + std::string(name_of(found.form)), "replace it with the certificate"};
  }
  if (found.form == Form::kCertificate && found.encodings == 0 && !is_whole_der(der)) {
    return {"the PEM block that begins here is not an X.509 certificate: it is truncated, or followed by other data",
            "copy it again"};
  }
  return {"the PEM block that begins here is not an X.509 certificate", "it is damaged; copy it again"};
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
          {"the PEM block contains a certificate but has another label",
           "change the label in its BEGIN and END lines to CERTIFICATE"});
    } else if (block.kind != PemKind::kCertificate) {
      add(Severity::kError, "InvalidCertificate", block.line, why_no_certificate(block.kind));
      continue;
    }
    hash.update(block.der.view());
    // Parsing one takes 0.1 ms: a large collection of CA certificates is rejected without that.
    if (++bundle.count > kMaxChainLength) continue;
    base::X509Certificate certificate = parse(block.der.view());
    if (!certificate) {
      add(Severity::kError, "InvalidCertificate", block.line, why_damaged(block.der.view()));
      all_read = false;
      continue;
    }
    if (!mislabelled && block.label != "CERTIFICATE" && !std::exchange(old_label, true)) {
      add(Severity::kWarning, "UnusualLabel", block.line,
          {"the PEM block has an obsolete label such as X509 CERTIFICATE, which strict parsers (RFC 7468, Go) reject",
           "change the label in its BEGIN and END lines to CERTIFICATE"});
    }
    bundle.entries.push_back({std::move(certificate), block.line});
  }
  if (all_read && !bundle.entries.empty()) bundle.fingerprint = Fingerprint("sha256:" + hash.hex());
  return bundle;
}

}  // namespace certificate
