#include "operator/upload_allowance.h"

#include <algorithm>

namespace controller {
namespace {

constexpr std::size_t kRemembered = 8;

}  // namespace

double UploadAllowance::cost(const std::string& fingerprint) const {
  const bool known = std::find(fingerprints_.begin(), fingerprints_.end(), fingerprint) != fingerprints_.end();
  return known ? kCostOfReturn : 1;
}

double UploadAllowance::tokens(base::BootTime now) const {
  const double refilled = std::chrono::duration<double>(now - counted_) / std::chrono::duration<double>(kRefill);
  return std::min(kBurst, tokens_ + refilled);
}

void UploadAllowance::spend(const std::vector<SecretVersion>& versions, const std::string& fingerprint,
                            base::BootTime now) {
  if (versions == versions_) return;
  tokens_ = tokens(now) - (fingerprints_.empty() ? 0 : cost(fingerprint));  // the first one is no change
  counted_ = now;
  versions_ = versions;
  fingerprints_.push_back(fingerprint);
  if (fingerprints_.size() > kRemembered) fingerprints_.pop_front();
}

std::optional<base::BootTime> UploadAllowance::next(const std::vector<SecretVersion>& versions,
                                                    const std::string& fingerprint, base::BootTime now) const {
  if (versions == versions_ || fingerprints_.empty()) return std::nullopt;
  const double missing = cost(fingerprint) - tokens(now);
  if (missing <= 0) return std::nullopt;
  return now + std::chrono::duration_cast<base::Duration>(missing * kRefill);
}

}  // namespace controller
