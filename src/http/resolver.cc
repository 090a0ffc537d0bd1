#include "http/resolver.h"

#include <array>
#include <netdb.h>
#include <sys/socket.h>
#include <utility>

#include "http/url.h"
#include "http/wait.h"

namespace http {
namespace {

// Stores the addresses of `host` in `out`; returns the error, or an empty string.
std::string look_up(const std::string& host, std::vector<std::string>& out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) return gai_strerror(error);
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      out.emplace_back(text.data());
    }
  }
  freeaddrinfo(found);
  return out.empty() ? "no address found" : "";
}

}  // namespace

base::Result<std::vector<std::string>, Error> Resolver::resolve(base::BootTime deadline, const std::stop_token& stop) {
  if (is_ip_address(host_)) return std::vector<std::string>{host_};
  const os::MutexLock lock(mutex_);
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& end) { run(end); });
  if (!running_) wanted_ = true;
  changed_.notify_all();
  const std::uint64_t before = lookups_;
  while (lookups_ == before) {
    const auto end = wait_once(mutex_, changed_, clock_, deadline, stop);
    if (end == Wait::kStopped) return base::Err(Error{Error::Code::kCancelled, "cancelled"});
    if (end == Wait::kTimeout) {
      return base::Err(
          Error{Error::Code::kRefused, "timeout: cannot resolve the host name; check that the DNS servers respond"});
    }
  }
  if (!problem_.empty()) return base::Err(Error{Error::Code::kRefused, "cannot resolve the host name: " + problem_});
  return addresses_;
}

void Resolver::run(const std::stop_token& stop) {
  while (true) {
    {
      const os::MutexLock lock(mutex_);
      while (!wanted_) {
        if (wait_once(mutex_, changed_, clock_, base::BootTime::max(), stop)) return;
      }
      wanted_ = false;
      running_ = true;
    }
    std::vector<std::string> addresses;
    std::string problem = look_up(host_, addresses);
    const os::MutexLock lock(mutex_);
    addresses_ = std::move(addresses);
    problem_ = std::move(problem);
    running_ = false;
    ++lookups_;
    changed_.notify_all();
  }
}

}  // namespace http
