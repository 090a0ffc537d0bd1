#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>
#include <pthread.h>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "server/http_server.h"
#include "simulator/admin.h"
#include "simulator/console.h"
#include "simulator/iam.h"
#include "simulator/platform.h"
#include "simulator/state_file.h"

namespace {

constexpr int kUnusable = 2;
/// Two, the number of cores of a small machine: validating an uploaded certificate takes a while.
constexpr int kThreads = 2;

struct Flags {
  std::string listen = "127.0.0.1:8443";
  std::string admin_listen = "127.0.0.1:8444";
  std::string mqtts_listen;
  std::string iam_listen;
  std::string metadata_listen;
  std::string tls_cert;
  std::string tls_key;
  std::string access_key;
  std::string secret_key;
  std::vector<std::string> tokens;
  std::string project_id;
  std::string instance_id;
  std::string region;
  std::string signing = "any";
  std::string state;
  int quota = 2;
  std::string iam_user;
  std::string iam_password;
  std::vector<std::string> iam_projects;
  std::vector<std::string> oidc_token_files;
  std::string pod_token_file;
};

void declare(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "host:port to serve the API on; port 0 selects a free port")
      ->capture_default_str();
  app.add_option("--admin-listen", flags.admin_listen,
                 "host:port to serve the admin API and the console page on (plain HTTP)")
      ->capture_default_str();
  app.add_option(
      "--mqtts-listen", flags.mqtts_listen,
      "host:port for device connections: serves the certificates of the domain configurations, selected by SNI");
  auto* cert = app.add_option("--tls-cert", flags.tls_cert,
                              "PEM file with the certificate chain for HTTPS (default: plain HTTP)");
  auto* key = app.add_option("--tls-key", flags.tls_key, "PEM file with the private key of --tls-cert");
  cert->needs(key);
  key->needs(cert);
  auto* ak = app.add_option("--access-key", flags.access_key, "access key (AK) to accept");
  // A flag is visible in the process list. This is acceptable for a secret of this program only, but a variable is
  // supported too.
  auto* sk = app.add_option("--secret-key", flags.secret_key, "secret key (SK) of --access-key")
                 ->envname("IOTDA_SIMULATOR_SECRET_KEY");
  ak->needs(sk);
  app.add_option("--token", flags.tokens, "X-Auth-Token to accept; can be repeated");
  app.add_option("--project-id", flags.project_id, "serve only this project");
  app.add_option("--instance-id", flags.instance_id, "serve only this instance; requests can omit Instance-Id");
  app.add_option("--region", flags.region, "region that derived signing keys must name (default: any)");
  app.add_option("--signing", flags.signing, "signing algorithms to accept")
      ->check(CLI::IsMember({"any", "derived", "standard"}))
      ->capture_default_str();
  app.add_option("--quota", flags.quota, "server certificate quota of each instance")
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  app.add_option("--state", flags.state, "file that keeps the state between runs");
  app.add_option("--iam-listen", flags.iam_listen,
                 "host:port to serve IAM, STS, pod identity and instance metadata on; HTTPS like --listen");
  app.add_option(
      "--metadata-listen", flags.metadata_listen,
      "host:port to serve the same without TLS, as the instance metadata and the pod identity of a node are");
  auto* user = app.add_option("--iam-user", flags.iam_user, "DOMAIN/USER that can request tokens with a password");
  auto* password = app.add_option("--iam-password", flags.iam_password, "password of --iam-user")
                       ->envname("IOTDA_SIMULATOR_IAM_PASSWORD");
  user->needs(password);
  app.add_option("--iam-project", flags.iam_projects, "NAME=ID of a project; can be repeated");
  app.add_option("--oidc-token-file", flags.oidc_token_files,
                 "file with an OIDC id token to accept, read at each request; can be repeated");
  app.add_option("--pod-token-file", flags.pod_token_file,
                 "file with the pod identity token to accept, read at each request");
}

int fail(const std::string& message) {
  std::cerr << "iotda-simulator: " << message << "\n";
  return kUnusable;
}

simulator::Platform::Settings settings_of(Flags& flags) {
  simulator::Platform::Settings settings;
  for (std::string& token : flags.tokens) settings.credentials.tokens.emplace_back(std::move(token));
  settings.credentials.access_key = flags.access_key;
  settings.credentials.secret_key = base::Secret(std::move(flags.secret_key));
  settings.credentials.region = flags.region;
  settings.project_id = flags.project_id;
  settings.instance_id = flags.instance_id;
  settings.quota = flags.quota;
  settings.behaviour.signing = flags.signing == "derived"    ? simulator::Signing::kDerived
                               : flags.signing == "standard" ? simulator::Signing::kStandard
                                                             : simulator::Signing::kAny;
  return settings;
}

/// The two parts around the first separator; nothing if one of them is empty.
std::optional<std::pair<std::string, std::string>> split(const std::string& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) return std::nullopt;
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

/// The error is a message for the user.
base::Result<simulator::IamSettings, std::string> iam_settings_of(Flags& flags) {
  simulator::IamSettings settings;
  if (!flags.iam_user.empty()) {
    const auto user = split(flags.iam_user, '/');
    if (!user) return base::Err(std::string("--iam-user must be DOMAIN/USER"));
    settings.user = {user->first, user->second, base::Secret(std::move(flags.iam_password))};
  }
  for (const std::string& project : flags.iam_projects) {
    const auto parts = split(project, '=');
    if (!parts) return base::Err(std::string("--iam-project must be NAME=ID"));
    settings.projects.push_back({parts->first, parts->second});
  }
  settings.oidc_token_files = flags.oidc_token_files;
  settings.pod_token_file = flags.pod_token_file;
  return settings;
}

int run(Flags& flags) {
  if (flags.access_key.empty() && flags.tokens.empty() && flags.iam_listen.empty()) {
    return fail("no credentials configured: set --access-key and --secret-key, --token, or --iam-listen");
  }
  const auto address = server::parse_address(flags.listen);
  const auto admin_address = server::parse_address(flags.admin_listen);
  if (!address || !admin_address)
    return fail("--listen and --admin-listen must be host:port, such as 127.0.0.1:8443 or :8443");

  server::Options options;
  options.address = *address;
  options.threads = kThreads;
  if (!flags.tls_cert.empty()) {
    const auto certificate = os::read_file(flags.tls_cert);
    if (!certificate) return fail("cannot read " + certificate.error());
    auto key = os::read_file(flags.tls_key);
    if (!key) return fail("cannot read " + key.error());
    options.tls = server::TlsIdentity{std::string(certificate->view()), std::move(key).value()};
  }

  auto iam_settings = iam_settings_of(flags);
  if (!iam_settings) return fail(iam_settings.error());

  // Before the first thread, so that all threads inherit the mask and only sigwait receives the signal.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  os::RealClock clock;
  const std::string scheme = options.tls ? "https://" : "http://";
  simulator::Platform platform(settings_of(flags), clock);
  std::optional<simulator::StateFile> state;
  if (!flags.state.empty()) {
    state.emplace(flags.state, platform, clock);
    if (const auto loaded = state->load(flags.quota); !loaded) return fail(loaded.error());
    state->start();
  }
  simulator::Iam iam(std::move(iam_settings).value(), platform, clock);
  simulator::Admin admin(platform, iam, clock);
  const simulator::Console console;

  std::vector<server::HttpServer> issuers;
  const auto issue = [&](const char* flag, const std::string& listen, std::optional<server::TlsIdentity> tls,
                         const char* what) -> std::optional<std::string> {
    if (listen.empty()) return std::nullopt;
    const auto at = server::parse_address(listen);
    if (!at) return std::string(flag) + " must be host:port";
    server::Options issuer;
    issuer.address = *at;
    const std::string issuer_scheme = tls ? "https://" : "http://";
    issuer.tls = std::move(tls);
    auto started = server::HttpServer::start(std::move(issuer),
                                             [&](const server::Request& request) { return iam.handle(request); });
    if (!started) return started.error().message;
    issuers.push_back(std::move(*started));
    std::cout << what << " on " << issuer_scheme << server::to_string(issuers.back().address()) << std::endl;
    return std::nullopt;
  };
  std::optional<server::TlsIdentity> iam_tls;
  if (options.tls) iam_tls = {options.tls->certificate_pem, options.tls->private_key_pem.clone(), {}};
  if (const auto error = issue("--iam-listen", flags.iam_listen, std::move(iam_tls), "IAM")) return fail(*error);
  if (const auto error = issue("--metadata-listen", flags.metadata_listen, std::nullopt, "metadata")) {
    return fail(*error);
  }

  const auto api = server::HttpServer::start(std::move(options),
                                             [&](const server::Request& request) { return platform.handle(request); });
  if (!api) return fail(api.error().message);
  server::Options admin_options;
  admin_options.address = *admin_address;
  const auto side = server::HttpServer::start(std::move(admin_options), [&](const server::Request& request) {
    auto file = console.handle(request);
    return file ? std::move(*file) : admin.handle(request);
  });
  if (!side) return fail(side.error().message);

  std::optional<server::HttpServer> devices;
  if (!flags.mqtts_listen.empty()) {
    const auto device_address = server::parse_address(flags.mqtts_listen);
    if (!device_address) return fail("--mqtts-listen must be host:port");
    server::Options device_options;
    device_options.address = *device_address;
    device_options.identity_for = [&](std::string_view name) { return platform.served(name); };
    // Only the TLS handshake is implemented; there is no MQTT.
    auto started =
        server::HttpServer::start(std::move(device_options), [](const server::Request&) { return server::Response{}; });
    if (!started) return fail(started.error().message);
    devices.emplace(std::move(*started));
    std::cout << "devices on " << server::to_string(devices->address()) << std::endl;
  }

  std::cout << "listening on " << scheme << server::to_string(api->address()) << ", admin on http://"
            << server::to_string(side->address()) << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  os::log::init(os::log::Format::kText, os::log::Level::kInfo);
  Flags flags;
  CLI::App app(
      "Simulates the server certificate API of Huawei Cloud IoTDA, with an admin API to inspect it and to inject "
      "faults.");
  app.set_version_flag("--version", std::string(IOTDA_VERSION));
  declare(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUnusable;
  }
  return run(flags);
}
