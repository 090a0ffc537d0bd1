#include "os/random.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/random.h>

#include "base/hex.h"

namespace os {
namespace {

void fill(void* to, std::size_t size) {
  auto* p = static_cast<unsigned char*>(to);
  while (size > 0) {
    const ssize_t n = getrandom(p, size, 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      std::abort();  // cannot fail on a supported kernel; ids from any other source could collide
    }
    p += n;
    size -= static_cast<std::size_t>(n);
  }
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  fill(raw.data(), raw.size());
  return base::to_hex(raw);
}

double random_unit() {
  std::uint64_t bits = 0;
  fill(&bits, sizeof bits);
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

}  // namespace os
