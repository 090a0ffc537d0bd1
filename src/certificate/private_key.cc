#include "certificate/private_key.h"

#include <openssl/x509.h>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/text.h"
#include "certificate/content.h"
#include "certificate/encrypted_key.h"
#include "certificate/limits.h"
#include "certificate/pem.h"

namespace certificate {
namespace {

using Pkcs8 = base::Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

Finding wrong_key(std::size_t line, std::string message, std::string hint) {
  return {Severity::kError, Part::kPrivateKey, "InvalidPrivateKey", line, std::move(message), std::move(hint)};
}
Finding wrong_password(std::string message, std::string hint) {
  return {Severity::kError, Part::kPassword, "PasswordInvalid", 0, std::move(message), std::move(hint)};
}

Finding damaged(std::size_t line) {
  return wrong_key(line, "the private key is damaged or of an unknown type", "store it again");
}

bool is_key(Form form) {
  return form == Form::kPkcs8Key || form == Form::kEncryptedKey || form == Form::kRsaKey || form == Form::kEcKey ||
         form == Form::kDsaKey;
}

bool has_key_label(PemKind kind) {
  return kind == PemKind::kPrivateKey || kind == PemKind::kEncryptedKey || kind == PemKind::kTraditionalKey;
}

/// The label for a key of this form.
std::string label_of(Form form) {
  switch (form) {
    case Form::kEncryptedKey:
      return "ENCRYPTED PRIVATE KEY";
    case Form::kRsaKey:
      return "RSA PRIVATE KEY";
    case Form::kEcKey:
      return "EC PRIVATE KEY";
    case Form::kDsaKey:
      return "DSA PRIVATE KEY";
    default:
      return "PRIVATE KEY";
  }
}

bool has_headers(const PemBlock& block) {
  return block.headers.find("ENCRYPTED") != std::string::npos;
}

Finding why_no_key(const PemBlock& block) {
  const Form form = form_of_der(block.der.view());
  if (block.kind == PemKind::kCertificate || block.kind == PemKind::kTrustedCertificate) {
    return wrong_key(block.line, "there is a certificate next to the private key",
                     "remove it; store it only in the certificate chain");
  }
  if (block.kind == PemKind::kOpensshKey) {
    return wrong_key(block.line, "the key is in OpenSSH format", "convert it with ssh-keygen -p -m PKCS8");
  }
  if (block.kind == PemKind::kPublicKey) {
    return wrong_key(block.line, "this is a public key, not a private key", "replace it with the private key");
  }
  if (block.kind == PemKind::kRequest || form == Form::kRequest) {
    return wrong_key(block.line, "this is a certificate request (CSR), not a private key",
                     "replace it with the private key");
  }
  if (block.kind == PemKind::kPkcs7 || form == Form::kPkcs7) {
    return wrong_key(block.line, "this is PKCS#7, which contains no private key", "replace it with the private key");
  }
  return wrong_key(block.line, "this PEM block is not a private key", "remove it");
}

/// The only private key among the blocks; all other blocks are reported as errors.
std::optional<PemBlock> find_key(std::vector<PemBlock>& blocks, Findings& findings) {
  std::optional<PemBlock> key;
  bool others = false;
  for (PemBlock& block : blocks) {
    if (block.kind == PemKind::kParameters) continue;
    if (!has_key_label(block.kind) && !is_key(form_of_der(block.der.view()))) {
      findings.push_back(why_no_key(block));
      others = true;
    } else if (key) {
      findings.push_back(
          wrong_key(block.line, "there is a second private key", "keep only the one that belongs to the certificate"));
    } else {
      key = std::move(block);
    }
  }
  if (!key && !others) {
    findings.push_back(wrong_key(0, "no private key found, only curve parameters", "add the private key"));
  }
  return key;
}

/// Checks the requirements of the platform for passwords, whether or not the password decrypts the key.
std::optional<Finding> check_password(std::string_view password) {
  if (password.empty()) return wrong_password("the password is empty", "store the password of the private key");
  if (password.starts_with("\xEF\xBB\xBF") || password.starts_with("\xFF\xFE") || password.starts_with("\xFE\xFF")) {
    return wrong_password("the password begins with a byte order mark, which is part of the password",
                          "save it as ASCII (in PowerShell: -Encoding ascii)");
  }
  if (password.ends_with('\n') || password.ends_with('\r')) {
    return wrong_password("the password ends with a line break, which is part of the password",
                          "store it without the line break (use printf, not echo)");
  }
  if (base::trim(password) != password) {
    const bool end = base::trim(password).data() == password.data() && !base::trim(password).empty();
    return wrong_password(std::string("the password has white space at its ") + (end ? "end" : "beginning") +
                              ", which is part of the password",
                          "remove the white space");
  }
  if (password.find('\0') != std::string_view::npos) {
    return wrong_password("the password contains zero bytes, as in UTF-16", "save it as ASCII");
  }
  const bool quoted = password.size() > 2 && (password.front() == '"' || password.front() == '\'') &&
                      password.front() == password.back();
  if (quoted)
    return wrong_password("the password is enclosed in quotes, which are part of the password", "remove the quotes");
  if (password.size() > kMaxPasswordLength || !base::consists_of(password, base::is_letter)) {
    return wrong_password("the platform accepts only passwords of up to " + std::to_string(kMaxPasswordLength) +
                              " letters, a to z and A to Z",
                          "re-encrypt the private key with such a password");
  }
  return std::nullopt;
}

base::PublicOrPrivateKey from_pkcs8(std::string_view der) {
  const unsigned char* at = base::bytes(der);
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  return base::PublicOrPrivateKey(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
}

class KeyReader {
 public:
  KeyReader(PemBlock block, std::optional<std::string_view> password, Source source, PrivateKey& read)
      : block_(std::move(block)), password_(password), source_(source), read_(read) {
    read_.line = block_.line;
  }

  void run() {
    const Form form = form_of_der(block_.der.view());
    if (has_headers(block_)) {
      open(form);
    } else if (form == Form::kEncryptedKey || block_.kind == PemKind::kEncryptedKey) {
      if (is_key(form)) check_label(form);
      if (form != Form::kEncryptedKey && is_key(form)) return read_unencrypted(form);
      open(form);
    } else {
      check_label(form);
      read_unencrypted(form);
    }
  }

 private:
  void add(Finding finding) { read_.findings.push_back(std::move(finding)); }

  /// The label names the format, and most parsers rely on it.
  void check_label(Form form) {
    if (label_of(form) == block_.label || !is_key(form)) return;
    const bool plain = block_.kind == PemKind::kPrivateKey && form == Form::kPkcs8Key;  // ANY PRIVATE KEY
    if (plain) return;
    add(wrong_key(block_.line,
                  "the label of the PEM block does not match its content: it contains " + std::string(name_of(form)),
                  "use -----BEGIN " + label_of(form) + "----- and -----END " + label_of(form) +
                      "-----, or convert it with openssl pkey"));
  }

  void open(Form form) {
    if (!password_) return add(wrong_password("the private key is encrypted", how_to_give_password()));
    OpenedKey opened = has_headers(block_) ? open_traditional(block_.headers, block_.der.view(), *password_)
                                           : open_pkcs8(block_.der.view(), *password_);
    if (opened.outcome == OpenedKey::Outcome::kCannotOpen) {
      if (form != Form::kEncryptedKey && form != Form::kBinary && !is_key(form) && !has_headers(block_)) {
        return add(wrong_key(block_.line,
                             "the PEM block contains " + std::string(name_of(form)) + ", not a private key",
                             "replace it with the private key"));
      }
      return add(wrong_key(block_.line, std::move(opened.message), std::move(opened.hint)));
    }
    if (auto refused = check_password(*password_)) {
      add(std::move(*refused));
    } else if (opened.outcome == OpenedKey::Outcome::kWrongPassword) {
      add(wrong_password("the password does not decrypt the private key", "check that it belongs to this key"));
    }
    if (opened.outcome == OpenedKey::Outcome::kOpened) decode(form_of_der(opened.der.view()), opened.der.view());
  }

  void read_unencrypted(Form form) {
    if (!is_key(form) && form != Form::kBinary) {
      return add(wrong_key(block_.line, "the PEM block contains " + std::string(name_of(form)) + ", not a private key",
                           form == Form::kPkcs12 ? "extract the private key with openssl pkcs12 -nodes -nocerts"
                                                 : "replace it with the private key"));
    }
    decode(form, block_.der.view());
    if (read_.key && password_) {
      add(wrong_password(
          "a password is given, but the private key is not encrypted",
          source_ == Source::kFiles
              ? "omit --password-file, or encrypt the private key with it"
              : "remove spec.privateKeyPasswordSecretRef, or encrypt the private key with this password"));
    }
  }

  std::string how_to_give_password() const {
    return source_ == Source::kFiles
               ? "set --password-file to a file with its password, or store the private key unencrypted"
               : "set spec.privateKeyPasswordSecretRef to the Secret with its password, or store the private key "
                 "unencrypted";
  }

  void decode(Form form, std::string_view der) {
    if (form == Form::kPkcs8Key) {
      read_.key = from_pkcs8(der);
      const base::Secret version_1 = read_.key ? base::Secret() : as_pkcs8_version_1(der);
      if (!version_1.empty()) read_.key = from_pkcs8(version_1.view());
      if (read_.key && !version_1.empty()) {
        return add(wrong_key(block_.line,
                             "the private key is PKCS#8 version 2 (with its public key), which OpenSSL 3.0 cannot read",
                             "convert it to PKCS#8 version 1, as openssl genpkey writes it"));
      }
    } else if (form == Form::kRsaKey || form == Form::kEcKey || form == Form::kDsaKey) {
      const int type = form == Form::kRsaKey ? EVP_PKEY_RSA : form == Form::kEcKey ? EVP_PKEY_EC : EVP_PKEY_DSA;
      const unsigned char* at = base::bytes(der);
      read_.key.reset(d2i_PrivateKey(type, nullptr, &at, static_cast<long>(der.size())));
      if (!read_.key && form == Form::kEcKey && is_whole_der(der) && !names_its_curve(der)) {
        return add(wrong_key(block_.line, "the private key does not name its curve",
                             "convert it to PKCS#8; an EC PARAMETERS block before it does not help"));
      }
    }
    if (!read_.key) add(damaged(block_.line));
  }

  const PemBlock block_;
  const std::optional<std::string_view> password_;
  const Source source_;
  PrivateKey& read_;
};

}  // namespace

PrivateKey read_private_key(std::string_view pem, std::optional<std::string_view> password, Source source) {
  PemText text = read_pem(pem, Part::kPrivateKey, source);
  PrivateKey read;
  read.findings = std::move(text.findings);
  if (text.blocks.empty()) return read;
  if (auto block = find_key(text.blocks, read.findings)) KeyReader(std::move(*block), password, source, read).run();
  return read;
}

}  // namespace certificate
