#include "certificate/chain.h"

#include <algorithm>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string>
#include <utility>

#include "base/time_format.h"
#include "certificate/dates.h"
#include "certificate/key_quality.h"
#include "certificate/leaf.h"
#include "certificate/path.h"

namespace certificate {
namespace {

using Store = base::Owned<X509_STORE, X509_STORE_free>;
using StoreContext = base::Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

class ChainCheck {
 public:
  ChainCheck(const Evidence& e, Findings& findings)
      : e_(e), findings_(findings), path_(find_path(e.bundle, e.leaf, e.now)) {}

  void run() {
    check_order();
    check_rest();
    for (const std::size_t i : path_.members) check_algorithm(i);
    for (std::size_t i = 1; i < path_.members.size(); ++i) check_issuer(i);
    check_end();
    // Findings of OpenSSL about these would repeat the findings about the leaf.
    const EVP_PKEY* key = X509_get0_pubkey(certificate(e_.leaf));
    const bool told = !has_readable_extensions(certificate(e_.leaf)) || (key != nullptr && has_explicit_curve(key));
    if (!failed_ && !told && !has_link()) ask_openssl();
  }

 private:
  X509* certificate(std::size_t i) const { return e_.certificate(i); }
  std::string on_line(std::size_t i) const { return "on line " + std::to_string(e_.line(i)); }

  void error(std::size_t i, std::string message, std::string hint, const char* reason = "ChainInvalid") {
    failed_ = true;
    add(Severity::kError, reason, i, std::move(message), std::move(hint));
  }
  void warn(const char* reason, std::size_t i, std::string message, std::string hint) {
    add(Severity::kWarning, reason, i, std::move(message), std::move(hint));
  }
  void add(Severity severity, const char* reason, std::size_t i, std::string message, std::string hint) {
    findings_.push_back({severity, Part::kCertificate, reason, e_.line(i), std::move(message), std::move(hint)});
  }

  void check_order() {
    if (path_.members.front() == 0 && std::is_sorted(path_.members.begin(), path_.members.end())) return;
    std::string order;
    for (const std::size_t i : path_.members) order += (order.empty() ? "" : ", ") + std::to_string(e_.line(i));
    error(path_.members.front(), "the certificates are in the wrong order",
          "expected order: the blocks at lines " + order);
  }

  bool is_of_the_server(std::size_t i) const {
    return X509_check_ca(certificate(i)) == 0 &&
           X509_NAME_cmp(X509_get_subject_name(certificate(i)), X509_get_subject_name(certificate(e_.leaf))) == 0;
  }

  /// The member of the path with the same name as the certificate `i`; the leaf if there is none.
  std::size_t counterpart(std::size_t i) const {
    const auto found = std::find_if(path_.members.begin(), path_.members.end(), [&](std::size_t m) {
      return X509_NAME_cmp(X509_get_subject_name(certificate(i)), X509_get_subject_name(certificate(m))) == 0;
    });
    return found == path_.members.end() ? e_.leaf : *found;
  }

  /// Checks the certificates that are not on the path from the leaf up.
  void check_rest() {
    for (const std::size_t i : path_.repeated) {
      warn("RepeatedCertificate", i, "this certificate is already in the bundle", "remove it");
    }
    for (const std::size_t i : path_.alternatives) {
      const auto until = time_of(X509_get0_notAfter(certificate(i)));
      if (is_of_the_server(i)) {
        warn("OldCertificate", i, "another certificate for the same server, for example from before a renewal",
             "remove it; the one " + on_line(e_.leaf) + " is served");
      } else if (until && e_.now > *until) {
        const std::size_t other = counterpart(i);
        warn("CrossSigned", i, "this certificate expired on " + base::to_rfc3339(*until) + " and is not needed",
             "remove it" + (other != e_.leaf ? "; the one " + on_line(other) + " replaces it" : std::string()));
      } else {
        warn("CrossSigned", i, "a second certificate of an issuer that is already in the chain",
             "remove it unless older devices need it");
      }
    }
    const std::size_t last = path_.last();
    if (path_.impostor && !has_two_algorithms(last)) {
      error(*path_.impostor,
            "this certificate has the name of the issuer of the certificate " + on_line(last) + ", but did not sign it",
            "it may be an older or newer certificate of that CA; replace it with the correct one");
    }
    const bool gap = !path_.impostor && path_.members.size() == 1 && !is_self_signed(certificate(last)) &&
                     std::any_of(path_.strangers.begin(), path_.strangers.end(),
                                 [&](std::size_t i) { return X509_check_ca(certificate(i)) != 0; });
    if (gap) {
      error(last, "the intermediate certificate that issued this one is missing",
            authority_of(last) ? "append it after this one; it is in ca.crt of the same Secret"
                               : "append it after this one; openssl x509 -noout -issuer shows its name");
    }
    for (const std::size_t i : path_.strangers) {
      // A CA certificate above a gap can still be part of the chain.
      if (i == path_.impostor || (gap && X509_check_ca(certificate(i)) != 0)) continue;
      if (is_of_the_server(i)) {
        error(i, "another certificate for the same server, with a different key", "remove it");
      } else {
        error(i, "this certificate is not part of the chain: it did not issue any of the others", "remove it");
      }
    }
  }

  /// RFC 5280 §4.1.1.2: the signature algorithm inside the signed part must be the same as outside. At the end of the
  /// path, no key is available to detect a difference.
  void check_algorithm(std::size_t i) {
    if (has_two_algorithms(i))
      error(i, "the certificate names two different algorithms for its signature", "it is damaged; copy it again");
  }

  bool has_two_algorithms(std::size_t i) const {
    const X509_ALGOR* outside = nullptr;
    X509_get0_signature(nullptr, &outside, certificate(i));
    return X509_ALGOR_cmp(outside, X509_get0_tbs_sigalg(certificate(i))) != 0;
  }

  /// Checks a member above the leaf.
  void check_issuer(std::size_t position) {
    const std::size_t i = path_.members[position];
    X509* issuer = certificate(i);
    const bool root = is_self_signed(issuer);
    if (has_readable_extensions(issuer)) {
      check_authority(i, root);
    } else {
      error(i, "the extensions of the issuer's certificate are contradictory, duplicated or unreadable",
            "use another certificate of this CA");
    }
    check_link(path_.members[position - 1], i);
    if (const EVP_PKEY* key = X509_get0_pubkey(issuer); key != nullptr) {
      if (const std::string weak = weakness_of(key); !weak.empty()) {
        error(i, "the issuer's key is " + weak, "use a CA with a stronger key");
      }
      if (has_explicit_curve(key)) {
        error(i, "the issuer's key has explicit curve parameters, which TLS stacks reject",
              "use a CA whose key is on a named curve");
      }
    }
    // The signature of a root is not verified.
    if (const std::string hash = weak_signature(issuer); !root && !hash.empty()) {
      error(i, "the issuer's certificate is signed with " + hash + ", which is insecure and rejected by devices",
            "use the certificate of this CA that is signed with SHA-256");
    }
    if (has_unusual_serial(issuer)) {
      warn("UnusualSerial", i, "the issuer's serial number is zero, negative or longer than 20 bytes",
           "some TLS stacks reject it; use another certificate of this CA");
    }
    if (root) {
      warn("RootIncluded", i, "the self-signed root certificate is in the bundle",
           "it is not needed; devices must already trust it");
    }
    check_dates_of(i, position);
  }

  /// Checks that the issuer is a CA, and can issue certificates for TLS servers.
  void check_authority(std::size_t i, bool root) {
    X509* issuer = certificate(i);
    const int kind = X509_check_ca(issuer);
    constexpr int kByConstraints = 1;
    constexpr int kOldRoot = 3;
    if (kind == 0) {
      return error(i, "this certificate issued another certificate in the bundle but is not a CA certificate",
                   "reissue that certificate from a CA");
    }
    if (kind != kByConstraints && !(root && kind == kOldRoot)) {
      error(i, "the issuer's certificate has no basicConstraints with CA:TRUE, so devices do not accept it as a CA",
            "reissue it as a CA certificate");
    }
    switch (tls_server_use(issuer)) {
      case ServerUse::kRefused:
        error(
            i,
            "the issuer's extended key usage does not include serverAuth: it cannot issue certificates for TLS servers",
            "use a CA for TLS servers");
        break;
      case ServerUse::kDoubtful:
        warn("AnyExtendedKeyUsage", i,
             "the issuer's extended key usage does not include serverAuth, only anyExtendedKeyUsage, which OpenSSL "
             "rejects, or Server Gated Crypto, which others reject",
             "use a CA with serverAuth");
        break;
      case ServerUse::kFit:
        if (X509_check_purpose(issuer, X509_PURPOSE_SSL_SERVER, 1) == 0 && kind == kByConstraints) {
          error(i, "the issuer's certificate is not valid for TLS servers (Netscape certificate type)",
                "use a CA for TLS servers");
        }
    }
  }

  /// Checks the references of a certificate to its issuer, other than the name.
  void check_link(std::size_t child, std::size_t i) {
    if (!can_be_checked(certificate(child), certificate(i))) {
      error(child,
            "the signature of the certificate cannot be verified (SM2 or another algorithm that standard TLS does not "
            "use)",
            "reissue it with ECDSA or RSA and SHA-256");
    }
    switch (X509_check_issued(certificate(i), certificate(child))) {
      case X509_V_ERR_AKID_SKID_MISMATCH:
      case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        error(child,
              "the certificate refers to a different certificate of its CA than the one " + on_line(i) +
                  " (authority key identifier)",
              "use that certificate of the CA, or reissue this one");
        break;
      default:
        break;
    }
  }

  void check_dates_of(std::size_t i, std::size_t position) {
    const ASN1_TIME* begin = X509_get0_notBefore(certificate(i));
    const ASN1_TIME* end = X509_get0_notAfter(certificate(i));
    const auto from = time_of(begin);
    const auto until = time_of(end);
    const auto leaf_until = time_of(X509_get0_notAfter(certificate(e_.leaf)));
    if (!from || !until)
      return error(i, "the dates of the issuer's certificate cannot be read", "obtain it from the CA again");
    check_date_forms(certificate(i),
                     [&](Severity severity, const char* /*reason*/, std::string message, std::string hint) {
                       if (severity == Severity::kError) {
                         error(i, std::move(message), std::move(hint));
                       } else {
                         warn("DateForm", i, std::move(message), std::move(hint));
                       }
                     });
    if (e_.now > *until) {
      const bool above = position > 1 && position + 1 == path_.members.size();
      error(i, "the issuer's certificate expired on " + base::to_rfc3339(*until),
            above ? "remove it if devices trust this CA directly; otherwise replace it with the current certificate of "
                    "the CA"
                  : "replace it with the current certificate of the CA");
    } else if (e_.now < *from) {
      error(i, "the issuer's certificate is not valid until " + base::to_rfc3339(*from),
            "wait, or use a certificate that is already valid", "CertificateNotYetValid");
    } else if (leaf_until && *until < *leaf_until) {
      warn("IntermediateExpiresFirst", i,
           "the issuer's certificate expires on " + base::to_rfc3339(*until) + ", before the certificate itself",
           "renew the certificate before that date");
    }
  }

  /// The certificate in ca.crt that issued `i`; null if there is none.
  X509* authority_of(std::size_t i) const {
    for (const Bundle::Entry& entry : e_.authorities.entries) {
      X509* candidate = entry.certificate.get();
      if (names_as_issuer(certificate(i), candidate) && signature_by(certificate(i), candidate) == Signature::kGood) {
        return candidate;
      }
    }
    return nullptr;
  }

  /// Checks the end of the chain.
  void check_end() {
    const std::size_t last = path_.last();
    X509* end = certificate(last);
    const bool self_signed = is_self_signed(end);
    if (is_self_issued(certificate(e_.leaf)) && path_.members.size() > 1) {
      error(e_.leaf,
            "the certificate and its CA have the same name (subject and issuer), so devices treat it as self-signed",
            "reissue it with a subject other than that of the CA");
    } else if (is_self_issued(end) && !self_signed && !path_.impostor) {
      check_unsigned_end(last);
    } else if (self_signed && signature_by(end, end) == Signature::kUnknown) {
      error(last,
            "the signature of the certificate cannot be verified (SM2 or another algorithm that standard TLS does not "
            "use)",
            "reissue it with ECDSA or RSA and SHA-256");
    }
    if (path_.members.size() > 1 || !path_.strangers.empty() || (is_self_issued(end) && !self_signed)) return;
    if (self_signed) {
      warn("SelfSigned", last, "the certificate is self-signed",
           "this works only if every device trusts this certificate");
      return;
    }
    if (is_temporary(end)) return;  // there is no issuer to look for
    X509* authority = authority_of(last);
    if (authority == nullptr) {
      warn("IssuerMissing", last, "the issuer's certificate is not in the bundle",
           "append it unless devices trust that CA directly; openssl x509 -noout -issuer shows its name");
    } else if (!is_self_signed(authority)) {
      warn("IssuerMissing", last, "the issuer's certificate is not in the bundle",
           "append it from ca.crt of the same Secret");
    }
  }

  /// Issuer and subject are the same, but another key signed it. If the identifiers say that it was its own key, the
  /// certificate is damaged.
  void check_unsigned_end(std::size_t last) {
    X509* end = certificate(last);
    const ASN1_OCTET_STRING* signer = X509_get0_authority_key_id(end);
    const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(end);
    const bool names_itself = signer != nullptr && own != nullptr && ASN1_OCTET_STRING_cmp(signer, own) == 0;
    if (names_itself || (last != e_.leaf && X509_check_ca(end) == 0)) {
      error(last, "the certificate is self-signed, but its signature is invalid", "it is damaged; copy it again");
    } else if (last == e_.leaf) {
      error(last,
            "the subject is also the issuer, but the certificate is not signed with its own key: its CA has the same "
            "name, or the certificate is damaged",
            "reissue it with a subject other than that of the CA");
    }
  }

  /// A new key of a CA signed with its old one, or the other way round (RFC 4210 §4.4). OpenSSL would look for another
  /// path.
  bool has_link() const {
    return std::any_of(path_.members.begin(), path_.members.end(), [&](std::size_t i) {
      return is_self_issued(certificate(i)) && !is_self_signed(certificate(i));
    });
  }

  /// Checks the rest of RFC 5280 (path lengths, name constraints, critical extensions …), with the end of the path as
  /// the trust anchor. Findings of the strict mode only are warnings.
  void ask_openssl() {
    const auto strict = verify(X509_V_FLAG_X509_STRICT);
    if (strict.error == X509_V_OK) return;
    const auto lenient = verify(0);
    if (lenient.error != X509_V_OK) {
      const std::string what = X509_verify_cert_error_string(lenient.error);
      const bool critical = lenient.error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION;
      const bool precertificate = X509_get_ext_by_NID(certificate(lenient.member), NID_ct_precert_poison, -1) >= 0;
      if (critical && precertificate) {
        return error(lenient.member,
                     "this is a precertificate, for example from a Certificate Transparency log: " + what,
                     "replace it with the certificate that the CA issued");
      }
      return error(lenient.member, "openssl verify rejects the chain at this certificate: " + what,
                   "reissue the certificate");
    }
    warn("StrictProfile", strict.member,
         std::string("strict verifiers (openssl verify -x509_strict, Python 3.13) reject it: ") +
             X509_verify_cert_error_string(strict.error),
         "reissue it in conformance with RFC 5280");
  }

  struct Judgement {
    int error = X509_V_OK;
    std::size_t member = 0;  ///< position of the error
  };

  Judgement verify(unsigned long flags) const {
    const base::ErrorQueueGuard errors;
    const Store store(X509_STORE_new());
    const StoreContext context(X509_STORE_CTX_new());
    STACK_OF(X509)* others = sk_X509_new_null();
    for (const std::size_t i : path_.members) sk_X509_push(others, certificate(i));
    Judgement judgement{X509_V_OK, path_.members.front()};
    if (store && context && X509_STORE_add_cert(store.get(), certificate(path_.last())) == 1 &&
        X509_STORE_CTX_init(context.get(), store.get(), certificate(path_.members.front()), others) == 1) {
      X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME | flags);
      if (X509_verify_cert(context.get()) != 1) {
        const auto depth = static_cast<std::size_t>(std::max(0, X509_STORE_CTX_get_error_depth(context.get())));
        judgement = {X509_STORE_CTX_get_error(context.get()), path_.members[std::min(depth, path_.members.size() - 1)]};
      }
    }
    sk_X509_free(others);
    return judgement;
  }

  const Evidence& e_;
  Findings& findings_;
  const Path path_;
  bool failed_ = false;
};

}  // namespace

void check_chain(const Evidence& e, Findings& findings) {
  if (!e.has_chain()) return;
  if (e.bundle.too_long()) {
    findings.push_back(
        {Severity::kError, Part::kCertificate, "ChainInvalid", 0,
         std::to_string(e.bundle.count) + " certificates; a chain can have at most " + std::to_string(kMaxChainLength),
         "keep only the certificate and its intermediate certificates"});
    return;
  }
  ChainCheck(e, findings).run();
}

}  // namespace certificate
