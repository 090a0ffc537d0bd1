#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/token_bucket.h"
#include "controller/vocabulary.h"

// Limits how often one object can change its certificate on the platform.
namespace controller {

/// How many changes of its Secret one object may upload in a row. A Secret that changes permanently, because two
/// controllers write it or its issuer runs in a loop, must not cause uploads without end; ordinary renewals are not
/// limited. A token bucket. To return to a recent certificate costs more. So does sending again what was rejected,
/// which a change of the spec causes. Not thread-safe.
class UploadAllowance {
 public:
  /// Changes that are uploaded at once; after that, one in each kRefill. Fewer than Progress allows of any action in a
  /// minute, so that one object cannot make writes of the ledger rest for all.
  static constexpr double kBurst = 20;
  static constexpr base::Duration kRefill = std::chrono::minutes(3);
  static constexpr double kCostOfReturn = 4;
  static constexpr double kCostOfRefused = 5;

  /// An upload of `fingerprint`, from these versions of the Secrets, is sent. The same versions again are free, unless
  /// they were rejected.
  void spend(const std::vector<SecretVersion>& versions, const Fingerprint& fingerprint, base::BootTime now);
  /// The platform rejected the last upload.
  void refused() { refused_ = true; }
  /// When the next change may be uploaded; none: now.
  std::optional<base::BootTime> next(const std::vector<SecretVersion>& versions, const Fingerprint& fingerprint,
                                     base::BootTime now) const;

 private:
  double cost(const std::vector<SecretVersion>& versions, const Fingerprint& fingerprint) const;

  base::TokenBucket bucket_{kBurst, kRefill};
  bool refused_ = false;                  ///< the last upload
  std::vector<SecretVersion> versions_;   ///< of the last upload
  std::deque<Fingerprint> fingerprints_;  ///< of the last uploads
};

}  // namespace controller
