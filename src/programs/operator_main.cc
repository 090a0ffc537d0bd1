#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "base/time_format.h"
#include "http/cpprest_transport.h"
#include "operator/operator.h"
#include "process_hardening.h"
#ifdef IOTDA_FAIL_POINTS
#include "fail_points.h"
#endif

namespace {

/// Reads a duration as "10m"; CLI11 shows what it returns as the error.
std::string set_duration(const std::string& text, base::Duration& to) {
  const auto parsed = base::parse_duration(text);
  if (!parsed || *parsed <= base::Duration::zero()) return text + " is not a duration such as 30s, 10m or 1h30m";
  to = *parsed;
  return {};
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, base::Duration& to, const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&to](const std::string& text) {
            if (const std::string error = set_duration(text, to); !error.empty()) throw CLI::ValidationError(error);
          },
          help)
      ->default_str(base::to_string(to));
}

}  // namespace

int main(int argc, char** argv) {
  // Taken by sigwait in run(); blocked first, because every thread that is started inherits it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  programs::harden_process();
  http::initialize_process();

  CLI::App app{"Keeps the server certificates of Huawei Cloud IoTDA instances as Kubernetes objects say.",
               "iotda-operator"};
  app.set_version_flag("--version", std::string(IOTDA_VERSION));
  app.require_subcommand(1);

  controller::Options options;
  std::string log_format = "text";
  std::string log_level = "info";
  CLI::App& run = *app.add_subcommand("run", "Runs the controller.");
  run.add_option("--kubeconfig", options.kubeconfig, "kubeconfig file; the Pod's own configuration without it");
  run.add_option("--namespace", options.ns,
                 "namespace of the operator: of credentials and the Lease (default: the Pod's, else iotda-system)");
  run.add_option("--watch-namespaces", options.watch_namespaces, "namespaces of ServerCertificates (default: all)")
      ->delimiter(',');
  run.add_option("--credentials-namespaces", options.credentials_namespaces,
                 "namespaces besides the operator's own that IoTDAInstances may take credentials from")
      ->delimiter(',');
  run.add_flag("--leader-elect", options.leader_elect, "take part in leader election; for more than one replica");
  run.add_option("--metrics-bind-address", options.metrics_address, "host:port of /metrics; 0 for none")
      ->capture_default_str();
  run.add_option("--health-probe-bind-address", options.health_address, "host:port of /healthz and /readyz; 0 for none")
      ->capture_default_str();
  add_duration(run, "--resync-period", options.timing.resync, "how often the platform is listed when nothing happens");
  add_duration(run, "--upload-deadline", options.timing.upload_deadline, "how long one add may take");
  add_duration(run, "--settling-time", options.timing.settling,
               "how long after its deadline an add may still show on the platform");
  add_duration(run, "--expiry-warning", options.timing.expiry_warning,
               "how long before its end a certificate is warned of");
  run.add_option("--log-format", log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run.add_option("--log-level", log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();

  CLI11_PARSE(app, argc, argv);

  using base::log::Level;
  constexpr std::array<std::pair<const char*, Level>, 4> levels{
      {{"debug", Level::kDebug}, {"info", Level::kInfo}, {"warn", Level::kWarn}, {"error", Level::kError}}};
  Level level = Level::kInfo;
  for (const auto& [name, value] : levels) {
    if (log_level == name) level = value;
  }
  base::log::init(log_format == "json" ? base::log::Format::kJson : base::log::Format::kText, level);

  // An add must begin soon after its slot was reserved, and no later than it may last.
  options.timing.send_window = std::min(options.timing.send_window, options.timing.upload_deadline);

#ifdef IOTDA_FAIL_POINTS
  options.decorate_transport = programs::with_fail_point;
#endif
  std::signal(SIGPIPE, SIG_IGN);
  const int code = controller::run(options);
  // Everything of ours has ended, but the network thread of cpprestsdk cannot be joined, and would meet what exit
  // handlers and static destructors have torn down. The log is written without a buffer: nothing is lost.
  std::_Exit(code);
}
