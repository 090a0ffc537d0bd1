#include "story.h"

#include <cstdio>

#include "material.h"

namespace simulation {

void Story::print(const std::string& line) const {
  const double seconds = clock_ == nullptr ? 0 : std::chrono::duration<double>(clock_->system_now() - kStart).count();
  std::printf("%5llu %10.2f s  %s\n", static_cast<unsigned long long>(steps_), seconds, line.c_str());
}

}  // namespace simulation
