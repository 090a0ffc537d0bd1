#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "owners.h"
#include "resources/ledger.h"
#include "resources/server_certificate.h"

namespace simulation {

class Process;
class World;

/// Who has held a slot keeps a place in the ledger as long as it has a use for one: no newcomer gets a slot while such
/// a holder is without, whatever became of single calls, of processes, or of its certificate on the platform. Only the
/// platform's refusal of its certificate, or what the object itself says, ends that.
class Places {
 public:
  Places(World& world, const Owners& owners) : world_(world), owners_(owners) {}

  /// Throws Violation.
  void judge(const Process& writer, const resources::Ledger& before, const resources::Ledger& now, bool was_lost);
  /// Somebody else wrote the ledger: who holds is as it says.
  void reset(const resources::Ledger& now);
  /// A place is not kept any more for whoever wants this chain: the platform has refused it.
  void refused(int chain);

 private:
  struct Holder {
    std::string name;
    base::BootTime held;  ///< the last time that it had a place
  };
  bool is_wanting(const resources::ServerCertificate& object, const Holder& holder, const resources::Ledger& now) const;
  bool entitled(const meta::Uid& uid, const Holder& holder, const resources::Ledger& now) const;

  World& world_;
  const Owners& owners_;
  std::map<meta::Uid, Holder> holders_;
};

}  // namespace simulation
