#include "seeded_random.h"

#include "base/hex.h"
#include "os/random.h"
#include "prng.h"

namespace simulation {
namespace {

Prng& generator() {
  static Prng prng(1);
  return prng;
}

}  // namespace

void seed_random(std::uint64_t seed) {
  generator() = Prng(seed);
}

}  // namespace simulation

namespace os {

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  for (char& byte : raw) byte = static_cast<char>(simulation::generator().next() & 0xffU);
  return base::to_hex(raw);
}

double random_unit() {
  return static_cast<double>(simulation::generator().next() >> 11U) * 0x1.0p-53;
}

}  // namespace os
