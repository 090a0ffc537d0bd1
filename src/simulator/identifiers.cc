#include "simulator/identifiers.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/hex.h"
#include "os/random.h"

namespace simulator {

std::string Identifiers::next(base::SystemTime now) {
  // Seconds in the upper half, the fraction in the lower half.
  const auto ns = static_cast<std::uint64_t>(now.time_since_epoch().count());
  constexpr std::uint64_t second = 1'000'000'000;
  const std::uint64_t time = (ns / second) << 32U | ((ns % second) << 32U) / second;
  last_ = std::max(last_ + 1, time);

  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8) bytes += static_cast<char>(last_ >> (shift - 8) & 0xFFU);
  return base::to_hex(bytes) + os::random_hex(4);
}

void Identifiers::skip_to(std::string_view id) {
  std::uint64_t time = 0;
  std::from_chars(id.data(), id.data() + std::min<std::size_t>(id.size(), 16), time, 16);
  last_ = std::max(last_, time);
}

bool is_identifier(std::string_view s) {
  return s.size() == 24 && s.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace simulator
