#pragma once

#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace certificate {

/// The format of a sequence of bytes, by its form alone.
enum class Form {
  kEmpty,
  kPem,
  kCertificate,  ///< this and the following ones up to kOcspResponse are DER
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
  kUtf16,  ///< with or without a byte order mark
  kGzip,
  kZip,
  kTar,
  kBinary,  ///< unknown
  kText,
};

/// The DER structure of `bytes`, by their outermost tags; kBinary if unknown. The content can be invalid or truncated.
Form form_of_der(std::string_view bytes);

/// Whether `bytes` are exactly one complete DER value.
bool is_whole_der(std::string_view bytes);

struct Recognised {
  Form form = Form::kText;
  std::size_t encodings = 0;  ///< number of base64 encodings around it; at most 3
};

/// Determines the format of `bytes`, ignoring a byte order mark and decoding base64, also with line breaks and spaces.
/// Linear time.
Recognised recognise(std::string_view bytes);

/// Whether a SEC1 EC private key names its curve; the key can leave that to its container.
bool names_its_curve(std::string_view sec1);

/// Converts a private key from PKCS#8 version 2 (RFC 5958), which includes the public key, to version 1, without it;
/// empty for anything else.
base::Secret as_pkcs8_version_1(std::string_view der);

/// The name of `form` for messages: "a certificate in DER", "PKCS#12 (.p12, .pfx)".
std::string_view name_of(Form form);

/// Whether the bytes are text: UTF-8 without zero bytes.
bool is_text(std::string_view bytes);

}  // namespace certificate
