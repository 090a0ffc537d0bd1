#include "certificate/leaf.h"

#include <openssl/x509v3.h>
#include <utility>

namespace certificate {
namespace {

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
  // What openssl req -x509 makes by default. Such a certificate works where devices trust it itself.
  if ((flags & EXFLAG_SS) != 0) {
    report.warn("CaAsLeaf", "the self-signed certificate is one of a CA", "make it with basicConstraints=CA:FALSE");
  } else {
    report.error("it is the certificate of a CA, not of a server",
                 "put the server's certificate first, then its issuers");
  }
}

void check_usages(X509* leaf, Reporter& report) {
  constexpr const char* kReissue = "have it issued for TLS servers (serverAuth, digitalSignature)";
  if (has_extension(leaf, NID_ext_key_usage)) {
    const std::uint32_t uses = X509_get_extended_key_usage(leaf);
    if ((uses & (XKU_SSL_SERVER | XKU_SGC | XKU_ANYEKU)) == 0) {
      report.error("its extended key usage does not include serverAuth, so that devices refuse it", kReissue);
    }
  } else {
    report.warn("MissingServerAuth", "it has no extended key usage serverAuth, which some devices demand", kReissue);
  }
  if (!has_extension(leaf, NID_key_usage)) return;
  const std::uint32_t uses = X509_get_key_usage(leaf);
  if ((uses & (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) == 0) {
    report.error("its key usage does not allow TLS", kReissue);
  } else if ((uses & KU_DIGITAL_SIGNATURE) == 0) {
    report.warn("KeyUsage", "its key usage lacks digitalSignature, which TLS 1.3 needs", kReissue);
  }
}

}  // namespace

std::string weak_signature(X509* certificate) {
  int hash = NID_undef;
  if (X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1) {
    // OpenSSL has no key type for the oldest ones; the name of the algorithm still says it.
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

void check_leaf_use(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return;
  X509* leaf = e.certificate(e.leaf);
  Reporter report(e, findings);
  check_authority(leaf, report);
  check_usages(leaf, report);
  if (e.material.host.empty() && !has_extension(leaf, NID_subject_alt_name)) {
    report.warn("NoSubjectAlternativeName",
                "it has no subject alternative names: devices do not look at the common name",
                "have it issued with the domain name as a DNS name");
  }
  if (const std::string hash = weak_signature(leaf); !hash.empty()) {
    report.error("it is signed with " + hash + ", which is broken and which devices refuse",
                 "have it issued with SHA-256");
  }
}

void check_leaf_form(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return;
  X509* leaf = e.certificate(e.leaf);
  Reporter report(e, findings);
  if ((X509_get_extension_flags(leaf) & EXFLAG_INVALID) != 0) {
    report.error("its extensions contradict each other or cannot be read", "have it issued anew");
  }
  if (X509_get0_pubkey(leaf) == nullptr) report.error("its public key cannot be read", "have it issued anew");
  if (X509_get_version(leaf) != X509_VERSION_3) {
    report.warn("OldVersion", "it is of X.509 version " + std::to_string(X509_get_version(leaf) + 1) + ", not 3",
                "have it issued with the extensions of a server certificate");
  }
  const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf);
  constexpr int kMaxSerial = 20;  // bytes; RFC 5280 §4.1.2.2
  bool zero = true;
  for (int i = 0; i < ASN1_STRING_length(serial); ++i) zero = zero && ASN1_STRING_get0_data(serial)[i] == 0;
  if (zero || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER || ASN1_STRING_length(serial) > kMaxSerial) {
    report.warn("UnusualSerial", "its serial number is zero, negative or longer than 20 bytes",
                "some TLS stacks refuse it: have it issued anew");
  }
}

void check_host(const Evidence& e, Findings& findings) {
  if (e.material.host.empty() || !e.has_chain()) return;
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  if (X509_check_host(e.certificate(e.leaf), e.material.host.data(), e.material.host.size(), kFlags, nullptr) == 1) {
    return;
  }
  findings.push_back({Severity::kError, Part::kCertificate, "DomainMismatch", e.line(e.leaf),
                      "the subject alternative names of the certificate do not cover " + std::string(e.material.host),
                      "have it issued for this name too, or mend spec.domainConfiguration.domainName"});
}

}  // namespace certificate
