#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/time.h"

namespace simulation {

class Process;
class World;

/// How much is asked of the API server and of the platform. A process that asks again and again without time passing,
/// or for longer than ten seconds more than five times a second, does not get on: it spins. Throws Violation.
class Traffic {
 public:
  explicit Traffic(World& world) : world_(world) {}

  void api(const Process& process, std::string_view verb) { note(process, verb); }
  void platform(const Process& process, std::string_view verb) { note(process, verb); }
  /// A reconcile begins; one that makes no call costs as much of the machine as one that does.
  void run(const Process& process);

  std::uint64_t calls() const { return calls_; }

 private:
  void note(const Process& process, std::string_view verb);

  World& world_;
  std::uint64_t calls_ = 0;
  struct Recent {
    std::deque<base::BootTime> calls;  ///< of the last minute
    std::deque<base::BootTime> runs;   ///< likewise
  };
  std::array<Recent, 2> recent_;
};

}  // namespace simulation
