#include "certificate/inspect.h"

#include <algorithm>
#include <openssl/x509v3.h>
#include <utility>

#include "certificate/chain.h"
#include "certificate/dates.h"
#include "certificate/evidence.h"
#include "certificate/key_quality.h"
#include "certificate/leaf.h"
#include "certificate/limits.h"
#include "certificate/name.h"
#include "certificate/private_key.h"

namespace certificate {
namespace {

void append(Findings& to, Findings&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

bool is_of(const EVP_PKEY* key, const Bundle::Entry& entry) {
  const EVP_PKEY* of_certificate = X509_get0_pubkey(entry.certificate.get());
  return of_certificate != nullptr && EVP_PKEY_eq(key, of_certificate) == 1;
}

std::optional<std::size_t> owner_of(const EVP_PKEY* key, const Bundle& bundle) {
  const auto found = std::find_if(bundle.entries.begin(), bundle.entries.end(),
                                  [&](const Bundle::Entry& entry) { return is_of(key, entry); });
  if (found == bundle.entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bundle.entries.begin());
}

/// The certificate to serve: the one of the private key, unless it is a CA certificate and the bundle also has a server
/// certificate; otherwise the first one, or the only one that is not a CA certificate.
std::size_t leaf_of(const Evidence& e) {
  const auto is_ca = [&](std::size_t i) { return (X509_get_extension_flags(e.certificate(i)) & EXFLAG_CA) != 0; };
  std::vector<std::size_t> servers;
  for (std::size_t i = 0; i < e.bundle.entries.size(); ++i) {
    if (!is_ca(i)) servers.push_back(i);
  }
  if (e.key_owner && (!is_ca(*e.key_owner) || servers.empty())) return *e.key_owner;
  if (e.key_owner) return servers.front();
  return servers.size() == 1 ? servers.front() : 0;
}

/// Parses the parts that are not too long, and reports errors in their form.
void gather(Evidence& e, Findings& findings) {
  if (certificate_fits(e.material.certificate_pem)) {
    e.bundle = read_bundle(e.material.certificate_pem, e.material.source);
    append(findings, std::move(e.bundle.findings));
  }
  if (private_key_fits(e.material.private_key)) {
    PrivateKey read = read_private_key(e.material.private_key, e.material.password, e.material.source);
    append(findings, std::move(read.findings));
    e.key = std::move(read.key);
    e.key_line = read.line;
  }
  // Its errors are ignored, because it is not uploaded.
  if (!e.material.authorities.empty() && certificate_fits(e.material.authorities)) {
    e.authorities = read_bundle(e.material.authorities);
  }
  if (!e.has_chain()) return;
  if (e.key) e.key_owner = owner_of(e.key.get(), e.bundle);
  if (e.key) e.key_of_authority = owner_of(e.key.get(), e.authorities).has_value();
  e.leaf = leaf_of(e);
}

std::optional<Facts> facts_of(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return std::nullopt;
  const X509* leaf = e.certificate(0);
  const auto not_before = time_of(X509_get0_notBefore(leaf));
  const auto not_after = time_of(X509_get0_notAfter(leaf));
  if (!not_before || !not_after) {
    findings.push_back({Severity::kError, Part::kCertificate, "InvalidCertificate", e.line(0),
                        "the dates of the certificate cannot be read", "reissue it"});
    return std::nullopt;
  }
  const X509_NAME* subject = X509_get_subject_name(leaf);
  return Facts{e.bundle.fingerprint, common_name_of(subject),
               to_text(subject),     to_text(X509_get_issuer_name(leaf)),
               *not_before,          *not_after};
}

/// In the order of importance: what must be corrected first comes first.
constexpr void (*kChecks[])(const Evidence&, Findings&) = {check_match,     check_key_works, check_key_quality,
                                                           check_leaf_form, check_leaf_use,  check_stapling,
                                                           check_host,      check_chain};

}  // namespace

Verdict inspect(const Material& material, base::SystemTime now) {
  const base::ErrorQueueGuard errors;
  Evidence e{material, now};
  Verdict verdict;
  check_limits(e, verdict.findings);
  gather(e, verdict.findings);
  verdict.facts = facts_of(e, verdict.findings);
  for (const auto check : kChecks) check(e, verdict.findings);
  if (verdict.facts) {
    if (auto finding = check_dates(*verdict.facts, now)) verdict.findings.push_back(std::move(*finding));
  }
  std::stable_partition(verdict.findings.begin(), verdict.findings.end(),
                        [](const Finding& f) { return f.severity == Severity::kError; });
  return verdict;
}

std::optional<Fingerprint> fingerprint_of_pem(std::string_view pem) {
  const base::ErrorQueueGuard errors;
  Bundle bundle = read_bundle(pem);
  if (!bundle.complete() || bundle.repaired) return std::nullopt;
  return std::move(bundle.fingerprint);
}

}  // namespace certificate
