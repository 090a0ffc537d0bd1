#include "fail_points.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string>
#include <unistd.h>
#include <utility>

namespace programs {
namespace {

struct FailPoint {
  std::string when;
  std::string method;
  std::string part;
  int nth = 0;  ///< 0: none
};

const FailPoint& fail_point() {
  static const FailPoint point = [] {
    FailPoint p;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the environment is not changed
    if (const char* text = std::getenv("IOTDA_FAIL_POINT")) {
      std::istringstream words(text);
      words >> p.when >> p.method >> p.part >> p.nth;
    }
    return p;
  }();
  return point;
}

/// All transports count together.
std::atomic<int> matches = 0;

class FailingTransport final : public http::Transport {
 public:
  explicit FailingTransport(std::unique_ptr<http::Transport> transport) : transport_(std::move(transport)) {}

  base::Result<http::Response, http::Error> send(const http::Request& request, std::stop_token stop) override {
    const FailPoint& point = fail_point();
    const bool here = point.nth > 0 && request.method == point.method &&
                      request.target.find(point.part) != std::string::npos && ++matches == point.nth;
    if (here && point.when == "before") kill(getpid(), SIGKILL);
    auto response = transport_->send(request, std::move(stop));
    if (here) kill(getpid(), SIGKILL);
    return response;
  }

  base::Result<http::Response, http::Error> stream(const http::Request& request, base::Duration limit,
                                                   const http::BodySink& sink, std::stop_token stop) override {
    return transport_->stream(request, limit, sink, std::move(stop));
  }

 private:
  std::unique_ptr<http::Transport> transport_;
};

}  // namespace

std::unique_ptr<http::Transport> with_fail_point(std::unique_ptr<http::Transport> transport) {
  return std::make_unique<FailingTransport>(std::move(transport));
}

}  // namespace programs
