#pragma once

#include <map>
#include <optional>
#include <string>

#include "os/clock.h"
#include "resources/server_certificate.h"

namespace simulation {

/// Longer than all calls of one action together, where they are quick: what is true for that long, a live read has
/// seen.
inline constexpr base::Duration kAction = std::chrono::seconds(150);

/// What an object has asked for, and since when.
struct Owner {
  std::optional<base::BootTime> suspended;
  std::optional<base::BootTime> retained;  ///< its deletionPolicy is Retain
  std::optional<base::BootTime> deleting;
  std::optional<base::BootTime> created;
  std::optional<base::BootTime> gone;
  bool by_force = false;                         ///< a person took its finalizer away
  std::optional<base::BootTime> broke;           ///< the last time that its strategy was BreakBeforeMake
  bool adopts = false;                           ///< at some time
  bool adopts_domains = false;                   ///< likewise
  std::string wish;                              ///< the domain
  base::BootTime wished;                         ///< since
  std::map<std::string, base::BootTime> wishes;  ///< domains, and when it last wished them
};

/// The past of all objects, by uid.
class Owners {
 public:
  explicit Owners(os::Clock& clock) : clock_(clock) {}

  void changed(const resources::ServerCertificate* before, const resources::ServerCertificate* now);
  void finalizer_taken_away(const meta::Uid& uid) { owners_[uid].by_force = true; }
  const Owner& of(const meta::Uid& uid) const;

  /// True for so long that every live read has seen it.
  bool lasts(const std::optional<base::BootTime>& since) const { return since && *since + kAction < clock_.boot_now(); }
  bool wished_lately(const meta::Uid& uid, const std::string& domain) const;
  /// Its wish is old enough, and so is all that could forbid it to have one.
  bool has_settled(const meta::Uid& uid) const;
  bool may_break(const meta::Uid& uid) const;

 private:
  os::Clock& clock_;
  std::map<meta::Uid, Owner> owners_;
};

}  // namespace simulation
