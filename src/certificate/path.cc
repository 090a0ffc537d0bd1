#include "certificate/path.h"

#include <algorithm>
#include <map>
#include <openssl/x509v3.h>
#include <tuple>
#include <utility>

#include "certificate/dates.h"

namespace certificate {
namespace {

using Digest = base::Owned<EVP_MD, EVP_MD_free>;

/// Limits the search: certificates that all sign each other have too many paths.
constexpr std::size_t kMaxSteps = 2000;

bool same_authority(const X509* a, const X509* b) {
  return X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0 && X509_get0_pubkey(a) != nullptr &&
         X509_get0_pubkey(b) != nullptr && EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

class Finder {
 public:
  Finder(const Bundle& bundle, std::size_t leaf, base::SystemTime now)
      : bundle_(bundle), now_(now), taken_(bundle.entries.size(), false) {
    // Of repeated certificates the first one is used, or the leaf that the caller names.
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      for (std::size_t j = 0; j < taken_.size() && !taken_[i]; ++j) {
        if (i == leaf || taken_[j] || (j >= i && j != leaf) || X509_cmp(at(i), at(j)) != 0) continue;
        taken_[i] = true;
        path_.repeated.push_back(i);
      }
    }
    way_.push_back(leaf);
    taken_[leaf] = true;
  }

  Path find() {
    climb();
    path_.members = best_;
    for (const std::size_t i : best_) taken_[i] = true;
    sort_out_the_rest();
    return std::move(path_);
  }

 private:
  X509* at(std::size_t i) const { return bundle_.entries[i].certificate.get(); }

  /// Whether `issuer` issued the certificate `i`, as far as this can be determined.
  bool issued(std::size_t issuer, std::size_t i) {
    if (issuer == i || !names_as_issuer(at(i), at(issuer))) return false;
    const auto [known, first] = signatures_.try_emplace({i, issuer}, false);
    if (first) known->second = signature_by(at(i), at(issuer)) != Signature::kBad;
    return known->second;
  }

  /// Tries every continuation of the path way_, the nearest certificate first.
  void climb() {
    const std::size_t last = way_.back();
    bool further = false;
    if (!ends(last)) {
      for (std::size_t step = 1; step < taken_.size() && steps_ < kMaxSteps; ++step) {
        const std::size_t next = (last + step) % taken_.size();
        if (taken_[next] || !issued(next, last)) continue;
        further = true;
        ++steps_;
        way_.push_back(next);
        taken_[next] = true;
        climb();
        taken_[next] = false;
        way_.pop_back();
      }
    }
    if (!further) judge();
  }

  bool ends(std::size_t i) {
    const auto [known, first] = ends_.try_emplace(i, false);
    if (first) known->second = is_self_signed(at(i));
    return known->second;
  }

  bool fit(std::size_t i) const {
    const auto from = time_of(X509_get0_notBefore(at(i)));
    const auto until = time_of(X509_get0_notAfter(at(i)));
    return from && until && *from <= now_ && now_ <= *until && X509_check_ca(at(i)) != 0;
  }

  /// A path is kept if it is better than the previous ones; of two equal paths, the first one has the nearer
  /// certificates.
  void judge() {
    const auto unfit = std::count_if(way_.begin() + 1, way_.end(), [&](std::size_t i) { return !fit(i); });
    const bool ordered = std::is_sorted(way_.begin(), way_.end());
    const auto rank = std::tuple(-unfit, way_.size(), ordered);
    if (!best_.empty() && rank <= rank_) return;
    best_ = way_;
    rank_ = rank;
  }

  void sort_out_the_rest() {
    // Finds certificates that have the name of a member, or that issued a member or one of these.
    std::vector<std::size_t> related = path_.members;
    for (std::size_t k = 0; k < related.size(); ++k) {
      for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (taken_[i] || (!same_authority(at(i), at(related[k])) && !issued(i, related[k]))) continue;
        taken_[i] = true;
        related.push_back(i);
        path_.alternatives.push_back(i);
      }
    }
    std::sort(path_.alternatives.begin(), path_.alternatives.end());
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      path_.strangers.push_back(i);
      const bool has_the_name = !ends(path_.last()) && names_as_issuer(at(path_.last()), at(i));
      if (has_the_name && !path_.impostor) path_.impostor = i;
    }
  }

  const Bundle& bundle_;
  const base::SystemTime now_;
  std::vector<bool> taken_;
  Path path_;
  std::vector<std::size_t> way_;
  std::vector<std::size_t> best_;
  std::tuple<std::ptrdiff_t, std::size_t, bool> rank_{};
  std::size_t steps_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, bool> signatures_;
  std::map<std::size_t, bool> ends_;
};

}  // namespace

bool can_be_checked(X509* certificate, X509* issuer) {
  const EVP_PKEY* key = X509_get0_pubkey(issuer);
  if (key == nullptr) return false;
  int hash = NID_undef;
  int type = NID_undef;
  const int algorithm = X509_get_signature_nid(certificate);
  if (algorithm == NID_rsassaPss || algorithm == NID_ED25519 || algorithm == NID_ED448) return true;
  if (OBJ_find_sigid_algs(algorithm, &hash, &type) != 1 || EVP_PKEY_is_a(key, "SM2") == 1) return false;
  // For the oldest hashes, OpenSSL knows only the name.
  const Digest digest(EVP_MD_fetch(nullptr, OBJ_nid2sn(hash), nullptr));
  return digest != nullptr && algorithm != NID_SM2_with_SM3;
}

Signature signature_by(X509* certificate, X509* issuer) {
  const base::ErrorQueueGuard errors;
  if (!can_be_checked(certificate, issuer)) return Signature::kUnknown;
  return X509_verify(certificate, X509_get0_pubkey(issuer)) == 1 ? Signature::kGood : Signature::kBad;
}

bool names_as_issuer(const X509* certificate, const X509* issuer) {
  return X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0;
}

bool is_self_issued(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0;
}

bool is_self_signed(X509* certificate) {
  return is_self_issued(certificate) && signature_by(certificate, certificate) != Signature::kBad;
}

Path find_path(const Bundle& bundle, std::size_t leaf, base::SystemTime now) {
  return Finder(bundle, leaf, now).find();
}

}  // namespace certificate
