#include "certificate/formats.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/text.h"
#include "certificate/content.h"

namespace certificate {
namespace {

bool is_key(Form form) {
  return form == Form::kPkcs8Key || form == Form::kEncryptedKey || form == Form::kRsaKey || form == Form::kEcKey ||
         form == Form::kDsaKey;
}

std::string label_for(Part part) {
  return part == Part::kCertificate ? "CERTIFICATE" : "PRIVATE KEY";
}

/// How to convert it to PEM, with openssl reading DER from a file.
std::string conversion(Form form) {
  switch (form) {
    case Form::kCertificate:
      return "convert it with openssl x509 -inform DER";
    case Form::kRequest:
      return "a request is not a certificate: store the certificate that the CA issued for it";
    case Form::kPkcs7:
      return "convert it with openssl pkcs7 -inform DER -print_certs";
    case Form::kPkcs12:
      return "extract the certificates and the private key with openssl pkcs12 -nodes";
    case Form::kJavaKeyStore:
      return "convert it with keytool -importkeystore and openssl pkcs12";
    case Form::kPublicKey:
    case Form::kRsaPublicKey:
      return "store the certificate and its private key, not the public key";
    case Form::kUtf16:
      return "save it as ASCII or UTF-8 without a byte order mark";
    case Form::kGzip:
    case Form::kZip:
    case Form::kTar:
      return "unpack it and store the PEM file that it contains";
    default:
      break;
  }
  return is_key(form) ? "convert it with openssl pkey -inform DER" : "convert it with openssl";
}

/// Explains a text that is base64 once, without BEGIN and END lines.
Explanation explain_bare_base64(Form form, Part part) {
  const bool fits = part == Part::kCertificate ? form == Form::kCertificate : is_key(form);
  if (fits) {
    const std::string label = form == Form::kCertificate    ? "CERTIFICATE"
                              : form == Form::kEncryptedKey ? "ENCRYPTED PRIVATE KEY"
                              : form == Form::kRsaKey       ? "RSA PRIVATE KEY"
                              : form == Form::kEcKey        ? "EC PRIVATE KEY"
                                                            : "PRIVATE KEY";
    return {"the content is base64 without BEGIN and END lines",
            "add the line -----BEGIN " + label + "----- before it and the line -----END " + label + "----- after it"};
  }
  const std::string what(form == Form::kCertificate ? "a certificate" : name_of(form));
  return {"the content is " + what + " in base64, not PEM", "decode it with base64 -d, then " + conversion(form)};
}

Explanation explain_encoded_twice(const Recognised& found, Source source) {
  const bool pem = found.form == Form::kPem;
  const std::string what = pem ? "PEM text" : std::string(name_of(found.form));
  if (source == Source::kStringData && found.encodings == 1) {
    return {"the content is base64 of " + what + ", but stringData takes plain text",
            "put the PEM text itself into stringData, or move the value to data"};
  }
  // PEM is already base64, and so is the value in `data`.
  const std::string often = found.encodings == 1 ? "twice" : found.encodings == 2 ? "three times" : "four times";
  std::string hint = source == Source::kFiles    ? "decode it with base64 -d until -----BEGIN appears"
                     : source == Source::kObject ? "encode it only once, or put the PEM text into stringData"
                                                 : "put the PEM text itself into stringData";
  if (!pem) hint = "decode it with base64 -d, then " + conversion(found.form);
  return {"the content is base64 of " + what + ": it was base64-encoded " + often, std::move(hint)};
}

struct Mark {
  std::string_view begins;
  const char* message;
  const char* hint;
};

constexpr const char* kRender = "run the tool that replaces it before validation, or omit the Secret";

constexpr std::array kMarks{
    Mark{"ENC[", "the content is encrypted with SOPS",
         "decrypt it first (sops -d), or omit the Secret and set --allow-missing-refs"},
    Mark{"$ANSIBLE_VAULT", "the content is encrypted with ansible-vault",
         "decrypt it first (ansible-vault decrypt), or omit the Secret and set --allow-missing-refs"},
    Mark{"-----BEGIN AGE ENCRYPTED FILE", "the content is encrypted with age", "decrypt it first (age -d)"},
    Mark{"age-encryption.org/", "the content is encrypted with age", "decrypt it first (age -d)"},
    Mark{"-----BEGIN PGP MESSAGE", "the content is encrypted with PGP", "decrypt it first (gpg -d)"},
    Mark{"vault:", "the content is a placeholder: a path in a vault", kRender},
    Mark{"ref+", "the content is a placeholder of vals", kRender},
    Mark{"op://", "the content is a placeholder of 1Password", kRender},
    Mark{"secretref+", "the content is a placeholder: a path in a vault", kRender},
};

/// "<path:…>", "<certificate>": the whole text is in angle brackets.
bool in_angle_brackets(std::string_view s) {
  return s.size() > 2 && s.front() == '<' && s.back() == '>' && s.find('\n') == std::string_view::npos;
}

bool in_pair(std::string_view s, std::string_view open, std::string_view close) {
  const std::size_t at = s.find(open);
  return at != std::string_view::npos && s.find(close, at + open.size()) != std::string_view::npos;
}

/// "REPLACE-ME", "changeme", "TODO": reminders that users write.
bool is_reminder(std::string_view s) {
  std::string letters;
  for (const char c : base::to_lower(s.substr(0, 64))) {
    if (base::is_lower(c)) letters += c;
  }
  constexpr std::array<std::string_view, 6> kWords{"replaceme", "changeme", "todo", "tbd", "placeholder", "fixme"};
  return s.size() <= 32 && std::find(kWords.begin(), kWords.end(), letters) != kWords.end();
}

}  // namespace

std::optional<Explanation> explain_placeholder(std::string_view text) {
  const std::string_view s = base::trim(text);
  if (s.starts_with(std::string_view("\0GITCRYPT\0", 10))) {
    return Explanation{"the content is encrypted with git-crypt", "decrypt it first (git-crypt unlock)"};
  }
  if (!is_text(s)) return std::nullopt;
  for (const Mark& mark : kMarks) {
    if (s.starts_with(mark.begins)) return Explanation{mark.message, mark.hint};
  }
  if (in_pair(s, "{{", "}}") || in_pair(s, "{%", "%}") || in_pair(s, "<%", "%>")) {
    return Explanation{"the content is a placeholder: a template that has not been rendered",
                       "render it first (helm template)"};
  }
  if (in_pair(s, "${", "}") || in_pair(s, "$(", ")")) {
    return Explanation{"the content is a placeholder: a variable that has not been substituted",
                       "substitute it first (envsubst, flux build)"};
  }
  if (in_angle_brackets(s) || is_reminder(s) || (s.size() > 4 && s.starts_with("@@") && s.ends_with("@@"))) {
    return Explanation{"the content is a placeholder that has not been replaced", kRender};
  }
  return std::nullopt;
}

Explanation explain_no_pem(std::string_view text, Part part, Source source) {
  const std::string what = part == Part::kCertificate ? "certificate" : "private key";
  if (auto placeholder = explain_placeholder(text)) return std::move(*placeholder);
  const Recognised found = recognise(text);
  if (found.encodings > 0) {
    if (found.form == Form::kPem || found.encodings > 1) return explain_encoded_twice(found, source);
    return explain_bare_base64(found.form, part);
  }
  switch (found.form) {
    case Form::kEmpty:
      return {"the content is empty", "store the PEM text there"};
    case Form::kUtf16:
      return {"the content is UTF-16", conversion(Form::kUtf16)};
    case Form::kBinary:
      return {"the content is binary (DER, PKCS#12 or a keystore), not PEM", "convert it with openssl"};
    case Form::kPem:
    case Form::kText:
      break;
    case Form::kPkcs8Key:
    case Form::kEncryptedKey:
    case Form::kRsaKey:
    case Form::kEcKey:
    case Form::kDsaKey:
      return {"the content is a private key in DER, not PEM", conversion(found.form)};
    case Form::kPkcs7:
      return {"the content is PKCS#7 (.p7b) in DER, not PEM", conversion(found.form)};
    case Form::kRequest:
      return {"the content is a certificate request in DER, not a certificate", conversion(found.form)};
    default:
      return {"the content is " + std::string(name_of(found.form)) + ", not PEM", conversion(found.form)};
  }
  // The usual start of DER in base64, but incomplete.
  const std::string_view content = base::trim(text);
  const bool like_base64 =
      std::all_of(content.begin(), content.end(), [](char c) { return base::is_base64(c) || c == '\n' || c == '\r'; });
  if (content.starts_with("MII") && like_base64) {
    return {"the content is base64 without BEGIN and END lines", "add the line -----BEGIN " + label_for(part) +
                                                                     "----- before it and the line -----END " +
                                                                     label_for(part) + "----- after it"};
  }
  return {"no " + what + " found", "-----BEGIN " + label_for(part) + "----- is missing"};
}

}  // namespace certificate
