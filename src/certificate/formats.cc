#include "certificate/formats.h"

#include <algorithm>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <optional>

#include "base/text.h"
#include "certificate/openssl.h"

namespace certificate {
namespace {

using Pkcs12 = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12, PKCS12_free>>;
using Pkcs7 = std::unique_ptr<PKCS7, OpensslDeleter<PKCS7, PKCS7_free>>;
using Request = std::unique_ptr<X509_REQ, OpensslDeleter<X509_REQ, X509_REQ_free>>;
using EncryptedPkcs8 = std::unique_ptr<X509_SIG, OpensslDeleter<X509_SIG, X509_SIG_free>>;

template <class Owner, class Parse>
bool parses_as(Parse parse, std::string_view der) {
  const ErrorQueueGuard errors;
  const unsigned char* at = bytes(der);
  return Owner(parse(nullptr, &at, static_cast<long>(der.size()))) != nullptr;
}

/// The kinds of DER; what is none of them but looks like it is not named.
std::optional<Explanation> explain_der(std::string_view text) {
  // A SEQUENCE with a length of more than one byte, as all of these are.
  if (text.size() < 4 || text[0] != '\x30' || (static_cast<unsigned char>(text[1]) & 0x80U) == 0) return std::nullopt;
  if (parses_as<X509Certificate>(d2i_X509, text)) {
    return Explanation{"it is a certificate in DER, not PEM", "convert it with openssl x509 -inform DER"};
  }
  if (parses_as<Pkcs12>(d2i_PKCS12, text)) {
    return Explanation{"it is PKCS#12 (.p12, .pfx), not PEM",
                       "take certificates and key out of it with openssl pkcs12 -nodes"};
  }
  if (parses_as<Pkcs7>(d2i_PKCS7, text)) {
    return Explanation{"it is PKCS#7 (.p7b) in DER, not PEM", "convert it with openssl pkcs7 -inform DER -print_certs"};
  }
  if (parses_as<Request>(d2i_X509_REQ, text)) {
    return Explanation{"it is a certificate request in DER, not a certificate", "have it signed by a CA"};
  }
  if (parses_as<PublicOrPrivateKey>(d2i_AutoPrivateKey, text) || parses_as<EncryptedPkcs8>(d2i_X509_SIG, text)) {
    return Explanation{"it is a private key in DER, not PEM", "convert it with openssl pkey -inform DER"};
  }
  return std::nullopt;
}

bool is_base64_text(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=' || c == '\n' || c == '\r';
  });
}

}  // namespace

Explanation explain_no_pem(std::string_view text, Part part) {
  const std::string_view content = base::trim(text);
  const std::string what = part == Part::kCertificate ? "CERTIFICATE" : "PRIVATE KEY";
  if (content.empty()) return {"it is empty", "put the PEM text there"};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return {"it is UTF-16", "save it as plain ASCII"};
  if (auto der = explain_der(text)) return std::move(*der);
  if (text.starts_with("\xFE\xED\xFE\xED")) {
    return {"it is a Java key store, not PEM", "convert it with keytool -importkeystore and openssl pkcs12"};
  }
  const bool sequence = text.size() > 1 && text[0] == '\x30' && (static_cast<unsigned char>(text[1]) & 0x80U) != 0;
  if (sequence || text.find('\0') != std::string_view::npos) {
    return {"it is binary (DER, PKCS#12 or a key store), not PEM", "convert it with openssl"};
  }
  // What every PEM text begins with, "-----BEGIN ", in base64.
  if (content.starts_with("LS0tLS1CRUdJTi")) {
    return {"it is base64 of a PEM text: it was encoded twice", "encode it once, or use `stringData`"};
  }
  // What DER begins with: a SEQUENCE of 256 to 65,535 bytes.
  if (content.starts_with("MII") && is_base64_text(content)) {
    return {"it is base64 without its BEGIN and END lines",
            "put -----BEGIN " + what + "----- before and -----END " + what + "----- behind it, each alone on its line"};
  }
  return {"no " + std::string(part == Part::kCertificate ? "certificate" : "private key") + " in it",
          "-----BEGIN " + what + "----- is missing"};
}

}  // namespace certificate
