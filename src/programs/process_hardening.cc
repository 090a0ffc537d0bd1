#include "process_hardening.h"

#include <cstdlib>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace programs {

void bind_at_start(char** argv) {
  // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread yet
  constexpr const char* setting = "LD_BIND_NOW";
  if (std::getenv(setting) != nullptr || setenv(setting, "1", 0) != 0) return;
  // NOLINTEND(concurrency-mt-unsafe)
  execv("/proc/self/exe", argv);  // returns only on failure: then the process continues unchanged
}

void harden_process() {
  // RLIMIT_CORE alone does not stop a core_pattern that pipes into a program.
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);

  // Each arena of glibc keeps memory that its threads once used. Large blocks are returned to the kernel when they are
  // freed; the explicit threshold keeps glibc from increasing it.
  // NOLINTBEGIN(concurrency-mt-unsafe): there is only one thread yet
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace programs
