#pragma once

#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace certificate {

/// What a sequence of bytes is, by its form alone.
enum class Form {
  kEmpty,
  kPem,
  kCertificate,  ///< this and the following up to kOcspResponse: DER
  kRequest,
  kRevocationList,
  kPkcs7,
  kPkcs12,
  kPkcs8Key,
  kEncryptedKey,  ///< PKCS#8, encrypted
  kRsaKey,        ///< PKCS#1
  kEcKey,         ///< SEC1
  kDsaKey,
  kPublicKey,
  kRsaPublicKey,
  kOcspResponse,
  kJavaKeyStore,
  kUtf16,  ///< with or without its byte order mark
  kGzip,
  kZip,
  kTar,
  kBinary,  ///< of no known kind
  kText,
};

/// The DER structure that `bytes` are, from their outermost tags; kBinary if of no known kind. What is inside need not
/// be right, and the end may be missing.
Form form_of_der(std::string_view bytes);

/// `bytes` are one DER value, from the first byte to the last.
bool is_whole_der(std::string_view bytes);

struct Recognised {
  Form form = Form::kText;
  std::size_t encodings = 0;  ///< how often it is encoded with base64; at most 3
};

/// Looks through a byte order mark and through base64, also with line breaks and spaces in it. Takes time in proportion
/// to the size.
Recognised recognise(std::string_view bytes);

/// An EC private key of SEC1 that says which curve it is of; it may leave that to what is around it.
bool names_its_curve(std::string_view sec1);

/// A private key of PKCS#8 version 2 (RFC 5958), which has its public key with it, as version 1, without; empty for
/// anything else.
base::Secret as_pkcs8_version_1(std::string_view der);

/// "a certificate in DER", "PKCS#12 (.p12, .pfx)": what `form` is called in a sentence.
std::string_view name_of(Form form);

/// Whether the bytes are text: UTF-8 without a zero byte.
bool is_text(std::string_view bytes);

}  // namespace certificate
