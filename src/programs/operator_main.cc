#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/time_format.h"
#include "controller/operator.h"
#include "http/cpprest_transport.h"
#include "os/clock.h"
#include "os/log.h"
#include "plan_command.h"
#include "process_hardening.h"
#include "status_command.h"
#include "validate/output.h"
#include "validate/validate.h"
#ifdef IOTDA_FAIL_POINTS
#include "fail_points.h"
#endif

namespace {

/// Parses a duration such as "10m"; CLI11 shows the returned text as the error.
std::string set_duration(const std::string& text, base::Duration& to) {
  const auto parsed = base::parse_duration(text);
  if (!parsed || *parsed <= base::Duration::zero()) return text + " is not a duration such as 30s, 10m, 1h30m or 30d";
  to = *parsed;
  return {};
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, base::Duration& to, const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&to, name](const std::string& text) {
            if (const std::string error = set_duration(text, to); !error.empty())
              throw CLI::ValidationError(name, error);
          },
          help)
      ->default_str(base::to_string(to));
}

/// The options of `run`, and the log settings.
struct RunCommand {
  controller::Options options;
  std::string log_format = "text";
  std::string log_level = "info";
};

void add_run(CLI::App& app, RunCommand& command) {
  controller::Options& options = command.options;
  CLI::App& run = *app.add_subcommand("run", "Run the operator.");
  run.add_option("--kubeconfig", options.kubeconfig,
                 "path of a kubeconfig file (default: the in-cluster configuration of the Pod)");
  run.add_option("--namespace", options.ns,
                 "namespace of the operator, for the credentials and the Lease (default: the namespace of the Pod, "
                 "otherwise iotda-system)");
  run.add_option("--watch-namespaces", options.watch_namespaces,
                 "namespaces to watch for ServerCertificates (default: all)")
      ->delimiter(',');
  run.add_option("--credentials-namespaces", options.credentials_namespaces,
                 "namespaces, in addition to the operator's own, from which IoTDAInstances can use credentials")
      ->delimiter(',');
  run.add_flag("--leader-elect", options.leader_elect, "enable leader election; required for more than one replica");
  run.add_option("--metrics-bind-address", options.metrics_address, "host:port to serve /metrics on; 0 disables it")
      ->capture_default_str();
  run.add_option("--health-probe-bind-address", options.health_address,
                 "host:port to serve /healthz and /readyz on; 0 disables them")
      ->capture_default_str();
  add_duration(run, "--resync-period", options.timing.resync, "how often to list the platform when nothing changes");
  add_duration(run, "--upload-deadline", options.timing.upload_deadline, "timeout for one upload");
  add_duration(run, "--settling-time", options.timing.settling,
               "how long after its timeout an upload can still appear on the platform");
  add_duration(run, "--expiry-warning", options.timing.expiry_warning,
               "how long before expiry to warn, at most one sixth of the lifetime of the certificate");
  run.add_option("--log-format", command.log_format, "log format: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run.add_option("--log-level", command.log_level, "log level: debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
}

/// Why `name` is not valid for --domain; empty if it is valid.
std::string why_no_domain(const std::string& name) {
  if (name.empty()) return "must not be empty; check that the variable is set";
  if (name.find("://") != std::string::npos || name.find('/') != std::string::npos ||
      name.find(':') != std::string::npos) {
    return "must be a host name such as mqtt.example.com, not a URL or an address with a port";
  }
  const bool ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
  if (!ascii) return "must be in ASCII form, as in the certificate (xn--…)";
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") !=
      std::string::npos) {
    return "must be a host name such as mqtt.example.com";
  }
  return {};
}

struct ValidateCommand {
  validate::Options options;
  std::string output = "text";
};

CLI::App* add_validate(CLI::App& app, ValidateCommand& command) {
  validate::Options& options = command.options;
  CLI::App* validate = app.add_subcommand(
      "validate",
      "Validate ServerCertificates, IoTDAInstances and their Secrets offline, with the checks of the operator.");
  validate->footer("Exit code: 0 no errors (there can be warnings), 1 errors, 2 unusable input or command line.");
  validate->add_option("FILE", options.files, "YAML files with any number of objects; - reads standard input");
  CLI::Option* certificate =
      validate->add_option("--cert", options.certificate_file, "PEM file with the certificate chain");
  CLI::Option* key = validate->add_option("--key", options.private_key_file, "PEM file with the private key");
  certificate->needs(key);
  key->needs(certificate);
  validate->add_option("--password-file", options.password_file, "file with the password of the private key")
      ->needs(key);
  validate->add_option("--domain", options.domain, "domain name that the certificate must be valid for")
      ->needs(certificate)
      ->check(CLI::Validator(why_no_domain, "NAME"));
  validate->add_flag("--allow-missing-refs", options.allow_missing_references,
                     "allow references to Secrets and IoTDAInstances that are not in the files");
  validate->add_flag("--allow-empty", options.allow_empty, "allow input without any object to validate");
  add_duration(*validate, "--expiry-warning", options.expiry_warning,
               "how long before expiry to warn, at most one sixth of the lifetime of the certificate");
  validate->add_option("--output,-o", command.output, "output format: text, json or sarif")
      ->check(CLI::IsMember({"text", "json", "sarif"}))
      ->capture_default_str();
  validate->callback([&options] {
    if (options.files.empty() && options.certificate_file.empty()) {
      throw CLI::RequiredError("FILE, or --cert and --key,");
    }
  });
  return validate;
}

int run_validate(const ValidateCommand& command) {
  const validate::Report report = validate::validate(command.options, std::cin, os::RealClock().system_now());
  if (command.output == "json") {
    std::cout << validate::to_json(report);
  } else if (command.output == "sarif") {
    std::cout << validate::to_sarif(report, IOTDA_VERSION);
  } else {
    std::cout << validate::to_text(report);
  }
  std::cout.flush();
  return std::cout ? report.exit_code() : 2;
}

}  // namespace

int main(int argc, char** argv) {
  programs::bind_at_start(argv);
  programs::harden_process();

  const bool plugin = argc > 0 && std::string_view(argv[0]).ends_with("kubectl-iotda");
  CLI::App app{"Syncs server certificates of Huawei Cloud IoTDA instances with Kubernetes objects.",
               plugin ? "kubectl iotda" : "iotda-operator"};
  app.set_version_flag("--version", std::string(IOTDA_VERSION));
  app.require_subcommand(1);
  RunCommand run;
  add_run(app, run);
  ValidateCommand validation;
  const CLI::App* validate = add_validate(app, validation);
  programs::StatusCommand status_command;
  const CLI::App* status = programs::add_status(app, status_command);
  programs::PlanCommand plan_command;
  const CLI::App* plan = programs::add_plan(app, plan_command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (validate->parsed()) return run_validate(validation);
  // For the reason of _Exit, see below.
  if (status->parsed()) std::_Exit(programs::run_status(status_command));
  if (plan->parsed()) std::_Exit(programs::run_plan(plan_command));

  // Used by sigwait in run(). Blocked before any thread starts, because threads inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  http::initialize_process();

  using os::log::Level;
  constexpr std::array<std::pair<const char*, Level>, 4> levels{
      {{"debug", Level::kDebug}, {"info", Level::kInfo}, {"warn", Level::kWarn}, {"error", Level::kError}}};
  Level level = Level::kInfo;
  for (const auto& [name, value] : levels) {
    if (run.log_level == name) level = value;
  }
  os::log::init(run.log_format == "json" ? os::log::Format::kJson : os::log::Format::kText, level);

  controller::Options& options = run.options;
  // An upload must start soon after its slot was reserved, and within the timeout of one upload.
  options.timing.send_window = std::min(options.timing.send_window, options.timing.upload_deadline);

#ifdef IOTDA_FAIL_POINTS
  options.decorate_transport = programs::with_fail_point;
#endif
  std::signal(SIGPIPE, SIG_IGN);
  const int code = controller::run(options);
  // All threads of the operator have ended, but the network thread of cpprestsdk cannot be joined, and would use
  // objects that exit handlers and static destructors have destroyed. The log is not buffered, so nothing is lost.
  std::_Exit(code);
}
