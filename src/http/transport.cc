#include "http/transport.h"

#include <algorithm>

#include "base/text.h"

namespace http {
namespace {

// Longer than a string that is stored inside the std::string object, so that a value is in one heap block that moves
// keep.
constexpr std::size_t kOwnBlock = 64;

}  // namespace

void Headers::set(std::string_view name, std::string_view value) {
  for (auto& [known, old] : entries_) {
    if (base::equals_ignoring_case(known, name)) {
      base::wipe(old);
      old.assign(value);
      return;
    }
  }
  entries_.emplace_back(name, value);
}

void Headers::set_secret(std::string_view name, std::string_view value) {
  set(name, {});
  for (auto& [known, stored] : entries_) {
    if (!base::equals_ignoring_case(known, name)) continue;
    stored.reserve(std::max(value.size(), kOwnBlock));
    stored.assign(value);
  }
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [known, value] : entries_) {
    if (base::equals_ignoring_case(known, name)) return value;
  }
  return std::nullopt;
}

Headers& Headers::operator=(const Headers& other) {
  Headers copy(other);
  entries_.swap(copy.entries_);
  return *this;
}

Headers& Headers::operator=(Headers&& other) noexcept {
  entries_.swap(other.entries_);
  return *this;
}

Headers::~Headers() {
  for (auto& [name, value] : entries_) base::wipe(value);
}

}  // namespace http
