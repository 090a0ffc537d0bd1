#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/clock.h"

namespace os::log {

/// Prevents a repeated failure from flooding the log: passes a text that differs from the previous one, and the same
/// text again after a minute. Not thread-safe.
class Gate {
 public:
  bool open(std::string_view text, base::BootTime now) {
    constexpr base::Duration again = std::chrono::minutes(1);
    if (last_ == text && now - opened_at_ < again) return false;
    last_ = text;
    opened_at_ = now;
    return true;
  }
  /// After a success: the next failure is logged immediately.
  void reset() { last_.reset(); }

 private:
  std::optional<std::string> last_;
  base::BootTime opened_at_;
};

}  // namespace os::log
