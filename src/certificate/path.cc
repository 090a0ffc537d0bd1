#include "certificate/path.h"

#include <algorithm>
#include <openssl/x509v3.h>

namespace certificate {
namespace {

bool names_as_issuer(const X509* certificate, const X509* issuer) {
  return X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0;
}

bool signed_by(X509* certificate, const X509* issuer) {
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  return key != nullptr && X509_verify(certificate, key) == 1;
}

bool same_authority(const X509* a, const X509* b) {
  return X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0 && X509_get0_pubkey(a) != nullptr &&
         X509_get0_pubkey(b) != nullptr && EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

class Finder {
 public:
  Finder(const Bundle& bundle, std::size_t leaf) : bundle_(bundle), taken_(bundle.entries.size(), false) {
    // What is repeated counts where it stands first, the leaf where the caller has it.
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      for (std::size_t j = 0; j < taken_.size() && !taken_[i]; ++j) {
        if (i == leaf || taken_[j] || (j >= i && j != leaf) || X509_cmp(at(i), at(j)) != 0) continue;
        taken_[i] = true;
        path_.repeated.push_back(i);
      }
    }
    take(leaf);
  }

  Path find() {
    while (!is_self_signed(at(path_.last()))) {
      const auto next = issuer_of(path_.last());
      if (!next) break;
      take(*next);
    }
    sort_out_the_rest();
    return std::move(path_);
  }

 private:
  X509* at(std::size_t i) const { return bundle_.entries[i].certificate.get(); }

  void take(std::size_t i) {
    taken_[i] = true;
    path_.members.push_back(i);
  }

  std::optional<std::size_t> issuer_of(std::size_t i) const {
    for (std::size_t step = 1; step < taken_.size(); ++step) {
      const std::size_t candidate = (i + step) % taken_.size();
      if (!taken_[candidate] && names_as_issuer(at(i), at(candidate)) && signed_by(at(i), at(candidate))) {
        return candidate;
      }
    }
    return std::nullopt;
  }

  void sort_out_the_rest() {
    const std::vector<std::size_t>& members = path_.members;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      const bool related = std::any_of(members.begin(), members.end(), [&](std::size_t m) {
        return same_authority(at(i), at(m)) || (names_as_issuer(at(m), at(i)) && signed_by(at(m), at(i)));
      });
      if (related) {
        path_.alternatives.push_back(i);
        continue;
      }
      path_.strangers.push_back(i);
      const bool has_the_name = !is_self_signed(at(path_.last())) && names_as_issuer(at(path_.last()), at(i));
      if (has_the_name && !path_.impostor) path_.impostor = i;
    }
  }

  const Bundle& bundle_;
  std::vector<bool> taken_;
  Path path_;
};

}  // namespace

bool is_self_signed(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
}

Path find_path(const Bundle& bundle, std::size_t leaf) {
  return Finder(bundle, leaf).find();
}

}  // namespace certificate
