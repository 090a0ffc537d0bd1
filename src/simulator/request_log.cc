#include "simulator/request_log.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/time_format.h"
#include "json/writer.h"
#include "os/random.h"

namespace simulator {
namespace {

constexpr std::size_t kMaxPath = 256;

}  // namespace

LoggedRequest arrived(const std::string& method, const std::string& path, base::SystemTime now) {
  LoggedRequest request;
  request.method = method;
  request.path = path;
  request.request_id = os::random_hex(16);
  request.arrived = now;
  return request;
}

void RequestLog::add(LoggedRequest request) {
  request.path = base::truncate(request.path, kMaxPath);
  const os::MutexLock lock(mutex_);
  request.sequence = ++last_;
  if (requests_.size() >= capacity_) requests_.pop_front();
  requests_.push_back(std::move(request));
}

std::vector<LoggedRequest> RequestLog::since(std::uint64_t sequence, std::size_t limit) const {
  const os::MutexLock lock(mutex_);
  const auto first = std::partition_point(requests_.begin(), requests_.end(),
                                          [&](const LoggedRequest& r) { return r.sequence <= sequence; });
  const auto found = static_cast<std::size_t>(requests_.end() - first);
  return {requests_.end() - static_cast<std::ptrdiff_t>(std::min(found, limit)), requests_.end()};
}

std::string to_json(const std::vector<LoggedRequest>& requests) {
  json::Writer w;
  w.begin_array();
  for (const LoggedRequest& r : requests) {
    w.begin_object()
        .member("sequence", r.sequence)
        .member("method", r.method)
        .member("path", r.path)
        .member("call", r.call)
        .member("status", r.status)
        .member("error_code", r.error_code)
        .member("request_id", r.request_id)
        .member("arrived", base::to_rfc3339_micro(r.arrived))
        .member("ended", base::to_rfc3339_micro(r.ended))
        .member("outcome", r.outcome)
        .end_object();
  }
  return w.end_array().take();
}

}  // namespace simulator
