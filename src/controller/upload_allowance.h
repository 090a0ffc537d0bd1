#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/token_bucket.h"
#include "controller/vocabulary.h"

namespace controller {

/// How many changes of its Secret one object may upload in a row: a Secret that flaps, because two controllers write it
/// or its issuer runs in a loop, must not turn the platform over for ever. A renewal now and then never notices.
/// A token bucket; to go back to a certificate that the object had a short while ago costs more. What was refused costs
/// more, too, when it is sent again, which a change of the spec asks for. Not thread-safe.
class UploadAllowance {
 public:
  /// Of changes that are uploaded at once; then one in kRefill. Fewer than Progress allows of any step in a minute, so
  /// that the ledger never rests for all because of one.
  static constexpr double kBurst = 20;
  static constexpr base::Duration kRefill = std::chrono::minutes(3);
  static constexpr double kCostOfReturn = 4;
  static constexpr double kCostOfRefused = 5;

  /// An upload of `fingerprint`, which the Secrets of these versions hold, is sent. The same versions again are free,
  /// unless they were refused.
  void spend(const std::vector<SecretVersion>& versions, const std::string& fingerprint, base::BootTime now);
  /// The platform does not take what was sent last.
  void refused() { refused_ = true; }
  /// When the next change may be uploaded; none: now.
  std::optional<base::BootTime> next(const std::vector<SecretVersion>& versions, const std::string& fingerprint,
                                     base::BootTime now) const;

 private:
  double cost(const std::vector<SecretVersion>& versions, const std::string& fingerprint) const;

  base::TokenBucket bucket_{kBurst, kRefill};
  bool refused_ = false;                  ///< what was sent last
  std::vector<SecretVersion> versions_;   ///< of the last upload
  std::deque<std::string> fingerprints_;  ///< of the last uploads
};

}  // namespace controller
