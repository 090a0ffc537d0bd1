#include "operator/endpoints.h"

#include "base/log.h"
#include "server/http_server.h"

namespace controller {
namespace {

server::Response text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
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
    if (path_of(request) != "/metrics") return text(404, "only /metrics is here\n");
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
    return text(404, "only /healthz and /readyz are here\n");
  }
};

Endpoints::Endpoints(Sources sources) : impl_(std::make_unique<Impl>()) {
  impl_->sources = std::move(sources);
}

Endpoints::~Endpoints() {
  stop();
}

std::optional<std::string> Endpoints::start(const std::string& metrics_address, const std::string& health_address) {
  const auto listen = [](const char* flag, const std::string& text, server::Handler handler,
                         std::optional<server::HttpServer>& to) -> std::optional<std::string> {
    if (text == "0") return std::nullopt;
    const auto address = server::parse_address(text);
    if (!address) return std::string(flag) + ": " + text + " is not host:port";
    auto started = server::HttpServer::start({.address = *address, .max_body = 1024}, std::move(handler));
    if (!started.ok()) return std::string(flag) + ": " + started.error().message;
    to.emplace(std::move(*started));
    base::log::info("listening", {{"for", flag}, {"address", server::to_string(to->address())}});
    return std::nullopt;
  };
  Impl* impl = impl_.get();
  if (auto error = listen(
          "--metrics-bind-address", metrics_address,
          [impl](const server::Request& r) { return impl->answer_metrics(r); }, impl->metrics)) {
    return error;
  }
  return listen(
      "--health-probe-bind-address", health_address,
      [impl](const server::Request& r) { return impl->answer_health(r); }, impl->health);
}

void Endpoints::stop() {
  impl_->metrics.reset();
  impl_->health.reset();
}

}  // namespace controller
