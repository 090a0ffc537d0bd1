#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

// The HTTP endpoints for metrics and probes.
namespace controller {

/// /metrics on one address, /healthz and /readyz on another.
class Endpoints {
 public:
  struct Sources {
    std::function<std::string()> scrape;   ///< the metrics as text
    std::function<std::string()> trouble;  ///< why the process is not ready; empty if it is
    std::function<std::string()> hung;     ///< what hangs, so that the process must be restarted; empty if nothing does
  };
  explicit Endpoints(Sources sources);
  ~Endpoints();

  /// Listens on "host:port" or ":port"; "0" switches an endpoint off. Returns the error, if there is one.
  std::optional<std::string> start(const std::string& metrics_address, const std::string& health_address);
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace controller
