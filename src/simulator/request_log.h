#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/time.h"
#include "os/mutex.h"

namespace simulator {

/// One received request. Contains no headers and no body, and therefore no key material.
struct LoggedRequest {
  /// Counts from 1, in the order in which requests were processed.
  std::uint64_t sequence = 0;
  std::string method;
  std::string path;
  /// "add", "list", "iam_token", …; empty if there is no such call.
  std::string call;
  /// 0 if there was none.
  int status = 0;
  std::string error_code;
  std::string request_id;
  base::SystemTime arrived{};
  base::SystemTime ended{};
  /// "answered", "dropped_before", "dropped_after", "partial_body", "late_commit"
  std::string outcome = "answered";
};

/// A request that has just arrived, with a new request id.
LoggedRequest arrived(const std::string& method, const std::string& path, base::SystemTime now);

/// The latest requests. Thread-safe.
class RequestLog {
 public:
  static constexpr std::size_t kCapacity = 100'000;

  explicit RequestLog(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  /// Assigns the next sequence number; a long path is truncated.
  void add(LoggedRequest request);
  /// The requests with a greater sequence number, oldest first.
  /// At most the `limit` newest of them.
  std::vector<LoggedRequest> since(std::uint64_t sequence, std::size_t limit = kCapacity) const;

 private:
  const std::size_t capacity_;
  mutable os::Mutex mutex_;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::deque<LoggedRequest> requests_ GUARDED_BY(mutex_);
};

std::string to_json(const std::vector<LoggedRequest>& requests);

}  // namespace simulator
