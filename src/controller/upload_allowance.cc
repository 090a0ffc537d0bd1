#include "controller/upload_allowance.h"

#include <algorithm>

namespace controller {
namespace {

constexpr std::size_t kRemembered = 8;

}  // namespace

double UploadAllowance::cost(const std::vector<SecretVersion>& versions, const Fingerprint& fingerprint) const {
  if (fingerprints_.empty()) return 0;  // the first upload is not a change
  if (versions == versions_) return refused_ ? kCostOfRefused : 0;
  const bool known = std::find(fingerprints_.begin(), fingerprints_.end(), fingerprint) != fingerprints_.end();
  return known ? kCostOfReturn : 1;
}

void UploadAllowance::spend(const std::vector<SecretVersion>& versions, const Fingerprint& fingerprint,
                            base::BootTime now) {
  bucket_.spend(now, cost(versions, fingerprint));
  refused_ = false;
  if (versions == versions_) return;
  versions_ = versions;
  fingerprints_.push_back(fingerprint);
  if (fingerprints_.size() > kRemembered) fingerprints_.pop_front();
}

std::optional<base::BootTime> UploadAllowance::next(const std::vector<SecretVersion>& versions,
                                                    const Fingerprint& fingerprint, base::BootTime now) const {
  const double price = cost(versions, fingerprint);
  return price == 0 ? std::nullopt : bucket_.next(now, price);
}

}  // namespace controller
