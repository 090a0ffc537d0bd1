#include "certificate/leaf.h"

#include <openssl/x509v3.h>
#include <string>
#include <utility>

#include "certificate/dates.h"
#include "certificate/name.h"

namespace certificate {
namespace {

using GeneralNames = base::Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Accesses = base::Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using Features = base::Owned<TLS_FEATURE, TLS_FEATURE_free>;

class Reporter {
 public:
  Reporter(const Evidence& e, Findings& findings) : line_(e.line(e.leaf)), findings_(findings) {}
  void error(std::string message, std::string hint) {
    findings_.push_back(
        {Severity::kError, Part::kCertificate, "InvalidCertificate", line_, std::move(message), std::move(hint)});
  }
  void warn(const char* reason, std::string message, std::string hint) {
    findings_.push_back({Severity::kWarning, Part::kCertificate, reason, line_, std::move(message), std::move(hint)});
  }

 private:
  std::size_t line_;
  Findings& findings_;
};

bool has_extension(const X509* certificate, int nid) {
  return X509_get_ext_by_NID(certificate, nid, -1) >= 0;
}

void check_authority(X509* leaf, Reporter& report) {
  const std::uint32_t flags = X509_get_extension_flags(leaf);
  if ((flags & EXFLAG_CA) == 0) return;
  // The default of openssl req -x509. Such a certificate works if devices trust it directly.
  if ((flags & EXFLAG_SS) != 0) {
    report.warn("CaAsLeaf", "the self-signed certificate is a CA certificate",
                "create it with basicConstraints=CA:FALSE");
  } else {
    report.error("this is a CA certificate, not a server certificate",
                 "put the server certificate first, followed by its issuers");
  }
}

void check_usages(X509* leaf, Reporter& report) {
  constexpr const char* kReissue = "reissue it for TLS servers (serverAuth, digitalSignature)";
  if (has_extension(leaf, NID_ext_key_usage)) {
    const ServerUse use = tls_server_use(leaf);
    if (use == ServerUse::kRefused) {
      report.error("the extended key usage does not include serverAuth, so devices reject the certificate", kReissue);
    } else if (use == ServerUse::kDoubtful) {
      report.warn("AnyExtendedKeyUsage",
                  "the extended key usage does not include serverAuth, only anyExtendedKeyUsage, which devices with "
                  "OpenSSL reject, or Server Gated Crypto, which others reject",
                  kReissue);
    }
  } else if (!is_temporary(leaf)) {
    report.warn("MissingServerAuth",
                "the certificate does not have the extended key usage serverAuth, which some devices require",
                kReissue);
  }
  if ((X509_get_extension_flags(leaf) & EXFLAG_NSCERT) != 0 &&
      X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) == 0 && tls_server_use(leaf) == ServerUse::kFit) {
    report.error("the Netscape certificate type does not include SSL server, so devices reject the certificate",
                 kReissue);
  }
  if (!has_extension(leaf, NID_key_usage)) return;
  const std::uint32_t uses = X509_get_key_usage(leaf);
  if ((uses & (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) == 0) {
    report.error("the key usage does not allow TLS", kReissue);
  } else if ((uses & KU_DIGITAL_SIGNATURE) == 0) {
    report.warn("KeyUsage", "the key usage does not include digitalSignature, which TLS 1.3 requires", kReissue);
  }
}

}  // namespace

std::string weak_signature(X509* certificate) {
  int hash = NID_undef;
  if (X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1) {
    // OpenSSL has no key type for the oldest algorithms, but the algorithm id still names the hash.
    hash = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, nullptr);
  }
  switch (hash) {
    case NID_sha1:
      return "SHA-1";
    case NID_md5:
    case NID_md4:
    case NID_md2:
    case NID_md5_sha1:
      return "MD5";
    default:
      return {};
  }
}

ServerUse tls_server_use(X509* certificate) {
  if (!has_extension(certificate, NID_ext_key_usage)) return ServerUse::kFit;
  const std::uint32_t uses = X509_get_extended_key_usage(certificate);
  if ((uses & XKU_SSL_SERVER) != 0) return ServerUse::kFit;
  return (uses & (XKU_ANYEKU | XKU_SGC)) != 0 ? ServerUse::kDoubtful : ServerUse::kRefused;
}

bool is_temporary(const X509* certificate) {
  return common_name_of(X509_get_issuer_name(certificate)) == "cert-manager.local";
}

void check_date_forms(const X509* certificate, const DateFound& found) {
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  constexpr const char* kAnew =
      "reissue it with dates in the form that RFC 5280 requires (UTC, with seconds, without fractions)";
  if (!time_of(from) || !time_of(until)) return;  // reported by another check
  if (!is_usual_form(from)) {
    found(Severity::kError, "InvalidCertificate",
          "the start date (notBefore) is not in the form that RFC 5280 requires; devices reject it", kAnew);
  }
  if (!is_usual_form(until)) {
    found(Severity::kWarning, "DateForm",
          "the end date (notAfter) is not in the form that RFC 5280 requires; devices with OpenSSL reject it", kAnew);
  }
  const bool odd =
      is_usual_form(from) && is_usual_form(until) && (should_be_utc_time(from) || should_be_utc_time(until));
  if (odd) {
    found(Severity::kWarning, "DateForm", "a date before 2050 is written as GeneralizedTime, which RFC 5280 forbids",
          kAnew);
  }
}

namespace {

/// Whether there is a name of a kind that TLS clients compare with the host.
bool names_a_host(const X509* leaf) {
  const GeneralNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
    if (type == GEN_DNS || type == GEN_IPADD) return true;
  }
  return false;
}

bool names_an_ocsp_server(const X509* leaf) {
  const Accesses accesses(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(leaf, NID_info_access, nullptr, nullptr)));
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(accesses.get()); ++i) {
    if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(accesses.get(), i)->method) == NID_ad_OCSP) return true;
  }
  return false;
}

/// RFC 7633: the TLS feature "status_request".
bool must_staple(const X509* leaf) {
  const Features features(static_cast<TLS_FEATURE*>(X509_get_ext_d2i(leaf, NID_tlsfeature, nullptr, nullptr)));
  constexpr std::int64_t kStatusRequest = 5;
  for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    std::int64_t feature = 0;
    if (ASN1_INTEGER_get_int64(&feature, sk_ASN1_INTEGER_value(features.get(), i)) == 1 && feature == kStatusRequest) {
      return true;
    }
  }
  return false;
}

/// RFC 5280 §4.2: an extension must not occur twice.
bool has_extension_twice(const X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    const ASN1_OBJECT* kind = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
    if (X509_get_ext_by_OBJ(certificate, kind, i) >= 0) return true;
  }
  return false;
}

}  // namespace

bool has_unusual_serial(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  constexpr int kMaxSerial = 20;  // bytes; RFC 5280 §4.1.2.2
  bool zero = true;
  for (int i = 0; i < ASN1_STRING_length(serial); ++i) zero = zero && ASN1_STRING_get0_data(serial)[i] == 0;
  return zero || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER || ASN1_STRING_length(serial) > kMaxSerial;
}

bool has_readable_extensions(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0 && !has_extension_twice(certificate);
}

void check_leaf_use(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return;
  X509* leaf = e.certificate(e.leaf);
  Reporter report(e, findings);
  if (has_readable_extensions(leaf)) {
    check_authority(leaf, report);
    check_usages(leaf, report);
  }
  if (is_temporary(leaf)) {
    report.warn(std::string(kTemporaryCertificate).c_str(),
                "this is the temporary certificate of cert-manager; the CA has not issued the real certificate yet",
                "wait for it; kubectl describe certificate shows what cert-manager is waiting for");
  }
  if (e.material.host.empty() && has_readable_extensions(leaf) && !names_a_host(leaf)) {
    report.warn("NoSubjectAlternativeName",
                has_extension(leaf, NID_subject_alt_name)
                    ? "none of the subject alternative names is a DNS name or an IP address"
                    : "the certificate has no subject alternative names; devices ignore the common name",
                "reissue it with the domain name as a DNS name");
  }
  if (const std::string hash = weak_signature(leaf); !hash.empty()) {
    report.error("the certificate is signed with " + hash + ", which is insecure and rejected by devices",
                 "reissue it with SHA-256");
  }
}

void check_leaf_form(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return;
  X509* leaf = e.certificate(e.leaf);
  Reporter report(e, findings);
  if (has_extension_twice(leaf)) {
    report.error("the certificate contains the same extension twice", "reissue it");
  } else if (!has_readable_extensions(leaf)) {
    report.error("the extensions of the certificate are contradictory or unreadable", "reissue it");
  }
  if (X509_get0_pubkey(leaf) == nullptr) report.error("the public key of the certificate cannot be read", "reissue it");
  check_date_forms(leaf, [&](Severity severity, const char* reason, std::string message, std::string hint) {
    if (severity == Severity::kError) {
      report.error(std::move(message), std::move(hint));
    } else {
      report.warn(reason, std::move(message), std::move(hint));
    }
  });
  if (X509_get_version(leaf) != X509_VERSION_3) {
    report.warn("OldVersion",
                "the X.509 version of the certificate is " + std::to_string(X509_get_version(leaf) + 1) + ", not 3",
                "reissue it with the extensions of a server certificate");
  }
  if (has_unusual_serial(leaf)) {
    report.warn("UnusualSerial", "the serial number is zero, negative or longer than 20 bytes",
                "some TLS stacks reject it; reissue it");
  }
}

void check_stapling(const Evidence& e, Findings& findings) {
  if (!e.has_chain() || !has_readable_extensions(e.certificate(e.leaf))) return;
  const X509* leaf = e.certificate(e.leaf);
  const bool staples = e.material.stapling.value_or(false);
  Reporter report(e, findings);
  if (must_staple(leaf) && !staples) {
    report.warn("MustStaple",
                "the certificate requires a stapled OCSP response (must-staple); strict clients reject it without one",
                e.material.source == Source::kFiles
                    ? "enable OCSP stapling where it is served, or reissue it without must-staple"
                    : "set spec.domainConfiguration.ocsp.staplingEnabled to true, or reissue it without must-staple");
  }
  if (staples && !names_an_ocsp_server(leaf)) {
    report.warn("NoOcspServer", "OCSP stapling is enabled, but the certificate does not name an OCSP server",
                "set spec.domainConfiguration.ocsp.staplingEnabled to false, or use a CA with an OCSP server");
  }
}

void check_host(const Evidence& e, Findings& findings) {
  if (e.material.host.empty() || !e.has_chain() || !has_readable_extensions(e.certificate(e.leaf))) return;
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  if (X509_check_host(e.certificate(e.leaf), e.material.host.data(), e.material.host.size(), kFlags, nullptr) == 1) {
    return;
  }
  findings.push_back({Severity::kError, Part::kCertificate, "DomainMismatch", e.line(e.leaf),
                      "the subject alternative names of the certificate do not cover " + std::string(e.material.host),
                      e.material.source == Source::kFiles
                          ? "reissue it with this name, or correct --domain"
                          : "reissue it with this name, or correct spec.domainConfiguration.domainName"});
}

}  // namespace certificate
