#include "simulator/certificate.h"

#include <chrono>
#include <ctime>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>

#include "base/openssl.h"
#include "base/sha256.h"

namespace simulator {
namespace {

/// What OpenSSL has allocated for us.
void free_allocated(void* memory) {
  OPENSSL_free(memory);
}
using Allocated = base::Owned<void, free_allocated>;

std::string name_text(const X509_NAME* name) {
  // RFC 2253 starts with the last part of the name; ", " between the parts; UTF-8 is not escaped.
  constexpr unsigned long flags = (XN_FLAG_RFC2253 & ~XN_FLAG_SEP_MASK & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC;
  const base::Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, flags);
  return base::written(out.get());
}

std::string common_name(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return {};
  const Allocated owned(utf8);
  return {reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)};
}

std::string date_text(const ASN1_TIME* time) {
  std::tm tm{};
  ASN1_TIME_to_tm(time, &tm);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm)};
}

void describe(Certificate& out, const X509* leaf, base::SystemTime now) {
  const X509_NAME* subject = X509_get_subject_name(leaf);
  out.common_name = common_name(subject);
  out.owner = name_text(subject);
  out.issuer = name_text(X509_get_issuer_name(leaf));
  out.effective_date = date_text(X509_get0_notBefore(leaf));
  out.expiry_date = date_text(X509_get0_notAfter(leaf));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  out.expired = ASN1_TIME_cmp_time_t(X509_get0_notAfter(leaf), static_cast<std::time_t>(seconds)) < 0;
}

/// Passes the password to OpenSSL, and records that it was requested. Without this, OpenSSL would ask for it on the
/// terminal.
struct Password {
  std::string_view text;
  bool asked = false;

  static int give(char* buffer, int size, int /*writing*/, void* self) {
    auto* password = static_cast<Password*>(self);
    password->asked = true;
    if (password->text.empty() || password->text.size() > static_cast<std::size_t>(size)) return -1;
    password->text.copy(buffer, password->text.size());
    return static_cast<int>(password->text.size());
  }
};

}  // namespace

base::Result<Certificate, Refused> parse_certificate(std::string_view pem, base::SystemTime now) {
  const base::ErrorQueueGuard errors;
  const base::Bio bio = base::reader(pem);
  Certificate out;
  std::string chain;
  while (true) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) {
      if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE && !chain.empty()) break;
      return base::Err(Refused{Refusal::kInvalidCertificate});
    }
    const Allocated owned_name(name);
    const Allocated owned_header(header);
    const Allocated owned_data(data);
    const unsigned char* end = data;
    const base::X509Certificate x509(std::string_view(name) == PEM_STRING_X509 ? d2i_X509(nullptr, &end, size)
                                                                               : nullptr);
    if (!x509 || end != data + size) return base::Err(Refused{Refusal::kInvalidCertificate});
    if (chain.empty()) describe(out, x509.get(), now);
    chain.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  out.pem = pem;
  out.fingerprint = "sha256:" + base::sha256_hex(chain);
  return out;
}

base::Result<void, Refused> check_private_key(const Certificate& certificate, std::string_view private_key,
                                              std::string_view password) {
  const base::ErrorQueueGuard errors;
  Password given{password};
  const base::Bio key_bio = base::reader(private_key);
  const base::PublicOrPrivateKey key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &Password::give, &given));
  if (!key) return base::Err(Refused{given.asked ? Refusal::kWrongPassword : Refusal::kInvalidPrivateKey});

  const base::Bio leaf_bio = base::reader(certificate.pem);
  const base::X509Certificate leaf(PEM_read_bio_X509(leaf_bio.get(), nullptr, nullptr, nullptr));
  if (!leaf || X509_check_private_key(leaf.get(), key.get()) != 1) return base::Err(Refused{Refusal::kKeyMismatch});
  return {};
}

}  // namespace simulator
