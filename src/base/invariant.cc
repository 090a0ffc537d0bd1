#include "base/invariant.h"

#include <cstdlib>

#include "base/log.h"

namespace base {

void invariant_violated(std::string_view expected, const char* file, int line) {
  log::error("invariant violated", {{"expected", expected}, {"file", file}, {"line", line}});
  std::abort();
}

}  // namespace base
