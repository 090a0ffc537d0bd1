#include "certificate/chain.h"

#include <algorithm>
#include <memory>
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

using Store = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE, X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, OpensslDeleter<X509_STORE_CTX, X509_STORE_CTX_free>>;

class ChainCheck {
 public:
  ChainCheck(const Evidence& e, Findings& findings) : e_(e), findings_(findings), path_(find_path(e.bundle, e.leaf)) {}

  void run() {
    check_order();
    check_rest();
    for (const std::size_t i : path_.members) check_algorithm(i);
    for (std::size_t i = 1; i < path_.members.size(); ++i) check_issuer(i);
    check_end();
    if (path_.members.size() > 1 && !failed_) ask_openssl();
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
          "the right one is that of those which begin on lines " + order);
  }

  /// What is not on the path from the leaf up.
  void check_rest() {
    for (const std::size_t i : path_.repeated) {
      warn("RepeatedCertificate", i, "this certificate stands in the bundle before", "take it out");
    }
    for (const std::size_t i : path_.alternatives) {
      warn("CrossSigned", i, "a second certificate of an issuer that is in the chain already",
           "take it out, unless older devices need it");
    }
    const std::size_t last = path_.last();
    if (path_.impostor) {
      error(*path_.impostor,
            "it has the name of the issuer of the certificate " + on_line(last) + ", but has not signed it",
            "it may be an older or newer certificate of that CA: put the right one there");
    }
    const bool gap = !path_.impostor && path_.members.size() == 1 && !is_self_signed(certificate(last)) &&
                     std::any_of(path_.strangers.begin(), path_.strangers.end(),
                                 [&](std::size_t i) { return X509_check_ca(certificate(i)) != 0; });
    if (gap) {
      error(last, "the intermediate certificate that issued this one is missing",
            "add it behind this one; openssl x509 -noout -issuer tells whose it is");
    }
    for (const std::size_t i : path_.strangers) {
      // A CA above a gap may be of the chain all the same.
      if (i == path_.impostor || (gap && X509_check_ca(certificate(i)) != 0)) continue;
      error(i, "a foreign certificate: it has issued none of the others", "take it out");
    }
  }

  /// RFC 5280 §4.1.1.2: what is said of the signature's algorithm inside of what is signed and outside is the same. At
  /// the end of the path nobody's key is there to find that.
  void check_algorithm(std::size_t i) {
    const X509_ALGOR* outside = nullptr;
    X509_get0_signature(nullptr, &outside, certificate(i));
    if (X509_ALGOR_cmp(outside, X509_get0_tbs_sigalg(certificate(i))) != 0) {
      error(i, "it names two algorithms for its one signature", "it is damaged: copy it anew");
    }
  }

  /// Members behind the leaf.
  void check_issuer(std::size_t position) {
    const std::size_t i = path_.members[position];
    X509* issuer = certificate(i);
    if (X509_check_ca(issuer) == 0) {
      error(i, "it has issued another certificate of the bundle, but is not a CA", "have that one issued by a CA");
    }
    const bool root = is_self_signed(issuer);
    if (const EVP_PKEY* key = X509_get0_pubkey(issuer); key != nullptr) {
      if (const std::string weak = weakness_of(key); !weak.empty()) {
        error(i, "the issuer has " + weak, "have the certificate issued by a CA with a stronger key");
      }
    }
    // Nobody looks at the signature of a root.
    if (const std::string hash = weak_signature(issuer); !root && !hash.empty()) {
      error(i, "the issuer's certificate is signed with " + hash + ", which is broken and which devices refuse",
            "use the CA's certificate that is signed with SHA-256");
    }
    if (root) {
      warn("RootIncluded", i, "the self-signed root is in the bundle", "not needed: devices must have it themselves");
    }
    check_dates_of(i);
  }

  void check_dates_of(std::size_t i) {
    const auto from = time_of(X509_get0_notBefore(certificate(i)));
    const auto until = time_of(X509_get0_notAfter(certificate(i)));
    const auto leaf_until = time_of(X509_get0_notAfter(certificate(e_.leaf)));
    if (!from || !until) return error(i, "the dates of the issuer's certificate cannot be read", "get it anew");
    if (e_.now > *until) {
      error(i, "the issuer's certificate expired on " + base::to_rfc3339(*until),
            "put the CA's current certificate there");
    } else if (e_.now < *from) {
      error(i, "the issuer's certificate is valid from " + base::to_rfc3339(*from), "wait, or use one that is valid",
            "CertificateNotYetValid");
    } else if (leaf_until && *until < *leaf_until) {
      warn("IntermediateExpiresFirst", i,
           "the issuer's certificate expires on " + base::to_rfc3339(*until) + ", before the certificate itself",
           "renew before that date");
    }
  }

  /// Where the chain ends.
  void check_end() {
    const std::size_t last = path_.last();
    if (is_self_signed(certificate(last)) && X509_verify(certificate(last), X509_get0_pubkey(certificate(last))) != 1) {
      error(last, "it is self-signed, but its signature is wrong", "it is damaged: copy it anew");
    }
    if (path_.members.size() > 1 || !path_.strangers.empty()) return;
    if (is_self_signed(certificate(last))) {
      warn("SelfSigned", last, "it is self-signed", "fine where every device trusts this very certificate");
    } else {
      warn("IssuerMissing", last, "the certificate of its issuer is not in the bundle",
           "add it, unless devices trust that CA itself; openssl x509 -noout -issuer tells whose it is");
    }
  }

  /// The rest of RFC 5280 (path lengths, name constraints, critical extensions …), with the end of the path as the root
  /// of trust.
  void ask_openssl() {
    const Store store(X509_STORE_new());
    const StoreContext context(X509_STORE_CTX_new());
    STACK_OF(X509)* others = sk_X509_new_null();
    for (const std::size_t i : path_.members) sk_X509_push(others, certificate(i));
    if (store && context && X509_STORE_add_cert(store.get(), certificate(path_.last())) == 1 &&
        X509_STORE_CTX_init(context.get(), store.get(), certificate(path_.members.front()), others) == 1) {
      X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
      if (X509_verify_cert(context.get()) != 1) {
        const auto depth = static_cast<std::size_t>(std::max(0, X509_STORE_CTX_get_error_depth(context.get())));
        error(path_.members[std::min(depth, path_.members.size() - 1)],
              std::string("openssl verify refuses the chain here: ") +
                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())),
              "have the certificate issued anew");
      }
    }
    sk_X509_free(others);
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
         std::to_string(e.bundle.count) + " certificates; no chain has more than " + std::to_string(kMaxChainLength),
         "leave only the certificate and its intermediates"});
    return;
  }
  ChainCheck(e, findings).run();
}

}  // namespace certificate
