#include "certificate/inspect.h"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <utility>

#include "certificate/bundle.h"
#include "certificate/dates.h"
#include "certificate/name.h"
#include "certificate/openssl.h"
#include "certificate/private_key.h"

namespace certificate {
namespace {

/// What the checks share: each adds what it learns and what it finds wrong, and does without what is not there because
/// an earlier one found it wrong. New checks go into kChecks.
struct Examination {
  const Material& material;
  base::SystemTime now;
  Bundle bundle{};
  PublicOrPrivateKey key{};
  Verdict verdict{};

  void find(Part part, std::string reason, std::string message) {
    verdict.findings.push_back({part, std::move(reason), std::move(message)});
  }
};

/// Characters as the platform counts them: code units of UTF-16. In PEM a byte is one.
std::size_t length_of(std::string_view utf8) {
  std::size_t length = 0;
  for (const char c : utf8) {
    const auto b = static_cast<unsigned char>(c);
    if ((b & 0xC0U) != 0x80U) length += b >= 0xF0 ? 2 : 1;
  }
  return length;
}

bool certificate_fits(const Material& m) {
  return length_of(m.certificate_pem) <= kMaxCertificateLength;
}
bool key_fits(const Material& m) {
  return length_of(m.private_key) <= kMaxPrivateKeyLength;
}

void check_limits(Examination& e) {
  const auto too_large = [&](Part part, std::string_view text, std::size_t limit, std::string_view cure) {
    e.find(part, "TooLarge",
           "it has " + std::to_string(length_of(text)) + " characters, the platform takes " + std::to_string(limit) +
               ": " + std::string(cure));
  };
  if (!certificate_fits(e.material)) {
    too_large(Part::kCertificate, e.material.certificate_pem, kMaxCertificateLength,
              "leave out roots and certificates that are not of this chain");
  }
  if (!key_fits(e.material)) {
    too_large(Part::kPrivateKey, e.material.private_key, kMaxPrivateKeyLength, "leave only the private key in it");
  }
}

void check_certificates(Examination& e) {
  if (!certificate_fits(e.material)) return;
  e.bundle = read_bundle(e.material.certificate_pem);
  for (std::string& defect : e.bundle.defects) e.find(Part::kCertificate, "InvalidCertificate", std::move(defect));
  if (!e.bundle.complete()) return;

  const auto& [leaf, line] = e.bundle.entries.front();
  const auto not_before = time_of(X509_get0_notBefore(leaf.get()));
  const auto not_after = time_of(X509_get0_notAfter(leaf.get()));
  if (!not_before || !not_after) {
    e.find(Part::kCertificate, "InvalidCertificate",
           "line " + std::to_string(line) + ": the dates of the certificate cannot be read");
    return;
  }
  const X509_NAME* subject = X509_get_subject_name(leaf.get());
  e.verdict.facts = Facts{e.bundle.fingerprint, common_name_of(subject),
                          to_text(subject),     to_text(X509_get_issuer_name(leaf.get())),
                          *not_before,          *not_after};
}

void check_private_key(Examination& e) {
  if (!key_fits(e.material)) return;
  PrivateKey read = read_private_key(e.material.private_key, e.material.password);
  e.key = std::move(read.key);
  if (read.finding) e.verdict.findings.push_back(std::move(*read.finding));
}

bool belongs_to(const EVP_PKEY* key, const X509* certificate) {
  const EVP_PKEY* of_certificate = X509_get0_pubkey(certificate);
  return of_certificate != nullptr && EVP_PKEY_eq(key, of_certificate) == 1;
}

void check_match(Examination& e) {
  if (!e.key || !e.bundle.complete()) return;
  const auto& entries = e.bundle.entries;
  const auto owner = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return belongs_to(e.key.get(), entry.certificate.get()); });
  if (owner == entries.begin()) return;
  e.find(Part::kPrivateKey, "KeyMismatch",
         owner == entries.end() ? "the private key is not that of the certificate: store the two that belong together"
                                : "the private key is that of the certificate on line " + std::to_string(owner->line) +
                                      ", not of the first one: put that certificate first, then its issuers");
}

void check_validity(Examination& e) {
  if (!e.verdict.facts) return;
  if (auto finding = check_dates(*e.verdict.facts, e.now)) e.verdict.findings.push_back(std::move(*finding));
}

/// RFC 9525: only the subject alternative names count, a wildcard is a whole label.
void check_host(Examination& e) {
  if (e.material.host.empty() || !e.bundle.complete()) return;
  X509* leaf = e.bundle.entries.front().certificate.get();
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  if (X509_check_host(leaf, e.material.host.data(), e.material.host.size(), kFlags, nullptr) == 1) return;
  e.find(Part::kCertificate, "DomainMismatch",
         "the subject alternative names of the certificate do not cover " + std::string(e.material.host) +
             ": have it issued for this name too, or mend spec.domainConfiguration.domainName");
}

/// In the order in which their findings matter: what must be mended first comes first.
constexpr void (*kChecks[])(Examination&) = {check_limits, check_certificates, check_private_key,
                                             check_match,  check_validity,     check_host};

}  // namespace

Verdict inspect(const Material& material, base::SystemTime now) {
  const ErrorQueueGuard errors;
  Examination e{material, now};
  for (const auto check : kChecks) check(e);
  return std::move(e.verdict);
}

std::optional<std::string> fingerprint_of_pem(std::string_view pem) {
  const ErrorQueueGuard errors;
  Bundle bundle = read_bundle(pem);
  if (!bundle.complete()) return std::nullopt;
  return std::move(bundle.fingerprint);
}

}  // namespace certificate
