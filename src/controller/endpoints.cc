#include "controller/endpoints.h"

#include <chrono>

#include "os/log.h"
#include "server/http_server.h"

namespace controller {
namespace {

server::Response text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

/// Both endpoints get only small GET requests. Limits on connections and memory, because any client that reaches the
/// port can try to exhaust them: probes need many small connections, metrics only a few, because a response can be
/// megabytes.
server::Options for_probes() {
  return {.read_only = true,
          .max_head = 4U << 10U,
          .max_body = 0,
          .max_connections = 256,
          .timeout = std::chrono::seconds(5),
          .idle_timeout = std::chrono::seconds(10)};
}

server::Options for_metrics() {
  return {.read_only = true,
          .max_head = 8U << 10U,
          .max_body = 0,
          .max_connections = 32,
          .timeout = std::chrono::seconds(10)};
}

std::string path_of(const server::Request& request) {
  return request.target.substr(0, request.target.find('?'));
}

}  // namespace

struct Endpoints::Impl {
  Sources sources;
  std::optional<server::HttpServer> metrics;
  std::optional<server::HttpServer> health;

  server::Response answer_metrics(const server::Request& request) const {
    if (path_of(request) != "/metrics") return text(404, "not found; this address serves /metrics\n");
    return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, sources.scrape()};
  }

  server::Response answer_health(const server::Request& request) const {
    const std::string path = path_of(request);
    if (path == "/healthz") {
      const std::string hung = sources.hung();
      return hung.empty() ? text(200, "ok\n") : text(503, hung);
    }
    if (path == "/readyz") {
      const std::string trouble = sources.trouble();
      return trouble.empty() ? text(200, "ok\n") : text(503, trouble);
    }
    return text(404, "not found; this address serves /healthz and /readyz\n");
  }
};

Endpoints::Endpoints(Sources sources) : impl_(std::make_unique<Impl>()) {
  impl_->sources = std::move(sources);
}

Endpoints::~Endpoints() {
  stop();
}

std::optional<std::string> Endpoints::start(const std::string& metrics_address, const std::string& health_address) {
  const auto listen = [](const char* flag, const std::string& text, server::Options options, server::Handler handler,
                         std::optional<server::HttpServer>& to) -> std::optional<std::string> {
    if (text == "0") return std::nullopt;
    const auto address = server::parse_address(text);
    if (!address) return std::string(flag) + ": " + text + " is not host:port";
    options.address = *address;
    auto started = server::HttpServer::start(std::move(options), std::move(handler));
    if (!started.ok()) return std::string(flag) + ": " + started.error().message;
    to.emplace(std::move(*started));
    os::log::info("listening", {{"for", flag}, {"address", server::to_string(to->address())}});
    return std::nullopt;
  };
  Impl* impl = impl_.get();
  if (auto error = listen(
          "--metrics-bind-address", metrics_address, for_metrics(),
          [impl](const server::Request& r) { return impl->answer_metrics(r); }, impl->metrics)) {
    return error;
  }
  return listen(
      "--health-probe-bind-address", health_address, for_probes(),
      [impl](const server::Request& r) { return impl->answer_health(r); }, impl->health);
}

void Endpoints::stop() {
  impl_->metrics.reset();
  impl_->health.reset();
}

}  // namespace controller
