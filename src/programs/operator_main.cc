#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/time_format.h"
#include "controller/operator.h"
#include "http/cpprest_transport.h"
#include "process_hardening.h"
#include "validate/output.h"
#include "validate/validate.h"
#ifdef IOTDA_FAIL_POINTS
#include "fail_points.h"
#endif

namespace {

/// Reads a duration as "10m"; CLI11 shows what it returns as the error.
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

/// What `run` was told, and how it logs.
struct RunCommand {
  controller::Options options;
  std::string log_format = "text";
  std::string log_level = "info";
};

void add_run(CLI::App& app, RunCommand& command) {
  controller::Options& options = command.options;
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
               "how long before expiry to warn, but at most a sixth of the lifetime");
  run.add_option("--log-format", command.log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run.add_option("--log-level", command.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
}

/// Why `name` cannot be the domain name of --domain; empty if it can.
std::string why_no_domain(const std::string& name) {
  if (name.empty()) return "is empty: is a variable not set?";
  if (name.find("://") != std::string::npos || name.find('/') != std::string::npos ||
      name.find(':') != std::string::npos) {
    return "takes a host name, not a URL or an address with a port: mqtt.example.com";
  }
  const bool ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
  if (!ascii) return "takes the name in its ASCII form, as it is in the certificate (xn--…)";
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") !=
      std::string::npos) {
    return "takes a host name: mqtt.example.com";
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
      "validate", "Checks ServerCertificates, IoTDAInstances and their Secrets offline, as the operator would.");
  validate->footer("Exit code: 0 nothing wrong (there may be warnings), 1 errors, 2 unusable input or command line.");
  validate->add_option("FILE", options.files, "YAML files with any number of objects; - is the standard input");
  CLI::Option* certificate =
      validate->add_option("--cert", options.certificate_file, "PEM file of a certificate and its chain");
  CLI::Option* key = validate->add_option("--key", options.private_key_file, "PEM file of its private key");
  certificate->needs(key);
  key->needs(certificate);
  validate->add_option("--password-file", options.password_file, "file of the private key's password")->needs(key);
  validate->add_option("--domain", options.domain, "domain name that the certificate is to serve")
      ->needs(certificate)
      ->check(CLI::Validator(why_no_domain, "NAME"));
  validate->add_flag("--allow-missing-refs", options.allow_missing_references,
                     "objects may name Secrets and IoTDAInstances that are not in the files");
  validate->add_flag("--allow-empty", options.allow_empty, "input without any object to check is fine");
  add_duration(*validate, "--expiry-warning", options.expiry_warning,
               "how long before expiry to warn, but at most a sixth of the lifetime");
  validate->add_option("--output,-o", command.output, "text, json or sarif")
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
  const validate::Report report = validate::validate(command.options, std::cin, base::RealClock().system_now());
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

  CLI::App app{"Keeps the server certificates of Huawei Cloud IoTDA instances as Kubernetes objects say.",
               "iotda-operator"};
  app.set_version_flag("--version", std::string(IOTDA_VERSION));
  app.require_subcommand(1);
  RunCommand run;
  add_run(app, run);
  ValidateCommand validation;
  const CLI::App* validate = add_validate(app, validation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (validate->parsed()) return run_validate(validation);

  // Taken by sigwait in run(); blocked first, because every thread that is started inherits it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  http::initialize_process();

  using base::log::Level;
  constexpr std::array<std::pair<const char*, Level>, 4> levels{
      {{"debug", Level::kDebug}, {"info", Level::kInfo}, {"warn", Level::kWarn}, {"error", Level::kError}}};
  Level level = Level::kInfo;
  for (const auto& [name, value] : levels) {
    if (run.log_level == name) level = value;
  }
  base::log::init(run.log_format == "json" ? base::log::Format::kJson : base::log::Format::kText, level);

  controller::Options& options = run.options;
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
