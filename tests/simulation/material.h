#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "certificate/fingerprint.h"
#include "cloud.h"

namespace simulation {

/// When every world begins.
inline constexpr base::SystemTime kStart{std::chrono::sys_days(std::chrono::year(2026) / 6 / 1)};

/// A certificate chain and its key. All worlds of a process share one small pool: making and checking keys is what
/// costs time. The bytes differ from run to run, and nothing depends on them but which are equal.
struct Chain {
  std::string label;  ///< for people
  std::string certificate_pem;
  std::string key_pem;
  std::string certificate_base64;
  std::string key_base64;
  certificate::Fingerprint fingerprint;
  base::SystemTime not_before;
  base::SystemTime not_after;

  std::vector<std::string> domains;  ///< that it is for

  bool covers(const std::string& domain) const;
  bool in_date(base::SystemTime t) const { return not_before <= t && t <= not_after; }
};

/// The names that objects wish. The last but two of the pool is not for the second of them.
const std::vector<std::string>& domain_names();

/// The pool. The last two are valid only up to and only from some time after kStart.
const std::vector<Chain>& chains();
/// Until then every chain has become valid or has expired.
inline constexpr base::Duration kDatesPass = std::chrono::hours(2);

/// A PEM text as the platform may give it back.
std::string spelt(const std::string& pem, Spelling spelling);

/// Index in the pool; -1 if it is none of it.
int chain_of_pem(std::string_view certificate_pem);
int chain_of_fingerprint(const certificate::Fingerprint& fingerprint);
/// For the story.
std::string chain_label(int chain);

}  // namespace simulation
