#include "controller/operator.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>

#include "controller/chain_reader.h"
#include "controller/cloud_platforms.h"
#include "controller/endpoints.h"
#include "controller/metrics.h"
#include "controller/reconciler.h"
#include "controller/store.h"
#include "controller/watches.h"
#include "controller/worker_pool.h"
#include "http/cpprest_transport.h"
#include "http/proxy_rules.h"
#include "kube/ca_file_transport.h"
#include "kube/client.h"
#include "kube/config.h"
#include "kube/event_recorder.h"
#include "os/file.h"
#include "os/log.h"
#include "os/random.h"
#include "runtime/leader_election.h"
#include "runtime/work_queue.h"

namespace controller {
namespace {

/// How long requests in progress may continue after SIGTERM. A Pod has 30 s by default.
constexpr base::Duration kShutdownGrace = std::chrono::seconds(20);

http::TlsConfig clone(const http::TlsConfig& tls) {
  return {tls.ca_pem,      tls.system_roots, tls.client_certificate_pem, tls.client_key_pem.clone(),
          tls.server_name, tls.insecure};
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::string pod_name() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) return "iotda-operator";
  return host.data();
}

int fail(const std::string& message) {
  os::log::error(message);
  return 1;
}

int wait_for_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}

using Made = base::Result<std::unique_ptr<http::Transport>, http::Error>;

Made make_transport(http::TransportOptions config, os::Clock& clock, const Options& options) {
  Made made = http::make_cpprest_transport(std::move(config), clock);
  if (made.ok() && options.decorate_transport) return options.decorate_transport(std::move(*made));
  return made;
}

http::ProxyEnvironment proxy_environment() {
  const auto either = [](const char* name, const char* in_lower_case) {
    return environment(name).value_or(environment(in_lower_case).value_or(""));
  };
  return {either("HTTPS_PROXY", "https_proxy"), either("HTTP_PROXY", "http_proxy"), either("NO_PROXY", "no_proxy")};
}

Made transport_to(const kube::Config& config, os::Clock& clock, const Options& options) {
  return kube::make_ca_file_transport(config.ca_file, config.tls.ca_pem, clock, [&](const std::string& ca_pem) {
    http::TlsConfig tls = clone(config.tls);
    tls.ca_pem = ca_pem;
    return make_transport({config.origin, std::move(tls), config.proxy}, clock, options);
  });
}

/// Through which to connect to a server that is not the API server.
std::optional<http::Proxy> proxy_of(const http::Origin& server, const http::Route& route,
                                    const http::ProxyRules& environment) {
  if (route.direct || http::is_on_this_machine(server)) return std::nullopt;
  return route.proxy ? route.proxy : environment.proxy_for(server);
}

/// The pause that the API server asked for last (Retry-After).
class Pause {
 public:
  explicit Pause(os::Clock& clock) : clock_(clock) {}

  void asked_for(base::Duration pause) {
    if (pause > base::Duration::zero())
      until_ = (clock_.boot_now() + std::min(pause, kMost)).time_since_epoch().count();
  }
  base::Duration left() const {
    return std::max(base::Duration::zero(), base::BootTime(base::Duration(until_)) - clock_.boot_now());
  }

 private:
  static constexpr base::Duration kMost = std::chrono::minutes(1);
  os::Clock& clock_;
  std::atomic<base::Duration::rep> until_ = 0;
};

/// A worker that gets no response for longer hangs, because each request has a shorter deadline.
base::Duration hang_limit(const Timing& timing) {
  return 4 * timing.upload_deadline + std::chrono::minutes(2);
}

}  // namespace

int run(const Options& options) {
  auto config = options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
  if (!config.ok()) return fail(config.error().message);
  const auto proxies = http::ProxyRules::make(proxy_environment());
  if (!proxies.ok()) return fail(proxies.error());
  if (!config->proxy) config->proxy = proxies->proxy_for(config->origin);
  std::string ns = options.ns;
  if (ns.empty()) ns = options.kubeconfig.empty() && !config->ns.empty() ? config->ns : "iotda-system";

  os::RealClock clock;
  Metrics metrics;
  auto calls = transport_to(*config, clock, options);
  if (!calls.ok()) return fail("cannot use the Kubernetes configuration: " + calls.error().message);
  auto streams = transport_to(*config, clock, options);
  if (!streams.ok()) return fail("cannot use the Kubernetes configuration: " + streams.error().message);
  std::optional<WorkerPool> workers;
  Pause pause(clock);
  const auto api = kube::make_client(*config, **calls, **streams, clock,
                                     [&](std::string_view method, int status, base::Duration retry_after) {
                                       metrics.kube_request(method, status);
                                       pause.asked_for(retry_after);
                                       workers->progress();
                                     });

  runtime::WorkQueue queue(clock, &metrics);
  Store store(ns, [&](const std::string& instance) { queue.add(instance); });
  WatchScope scope{options.watch_namespaces, options.credentials_namespaces};
  scope.credentials_namespaces.push_back(ns);
  Watches watches(*api, store, clock, scope);

  const std::string identity = pod_name() + "_" + os::random_hex(8);
  runtime::AlwaysLeading always;
  std::optional<runtime::LeaderElector> elector;
  if (options.leader_elect) elector.emplace(*api, clock, runtime::LeaseConfig{ns, "iotda-operator", identity});
  runtime::Leadership& leadership = elector ? static_cast<runtime::Leadership&>(*elector) : always;

  CloudPlatforms platforms(
      *api, store, {environment, [](const std::string& path) { return os::read_file(path); }, nullptr, clock},
      [&](const http::Origin& endpoint, const http::Route& route) {
        return make_transport({.origin = endpoint,
                               .tls = {.ca_pem = route.ca_pem, .system_roots = true},
                               .proxy = proxy_of(endpoint, route, *proxies),
                               .max_body = iotda::kMaxAnswer},
                              clock, options);
      },
      ns, {options.credentials_namespaces.begin(), options.credentials_namespaces.end()},
      [&](std::string_view call, int status) {
        metrics.platform_request(call, status);
        workers->progress();
      },
      [&](credentials::Service service, int status) {
        metrics.credentials_request(credentials::name_of(service), status);
        workers->progress();
      });
  kube::EventRecorder events(*api, clock, identity);
  ChainReader chains(clock);
  const auto show = [&](const std::shared_ptr<iotda::Platform>& platform, const iotda::CertificateId& id,
                        base::BootTime until,
                        std::stop_token stop) { return chains.show(platform, id, until, std::move(stop)); };
  Reconciler reconciler(*api, store, platforms, events, clock, leadership,
                        {options.timing, [&](const std::string& name) { return scope.covers(name); }, show});
  const auto reconcile = [&](const std::string& instance, std::stop_token soft_stop, std::stop_token hard_stop) {
    return reconciler.reconcile(instance, std::move(soft_stop), std::move(hard_stop));
  };
  workers.emplace(options.workers, WorkerPool::Ports{queue, metrics, clock, reconcile, [&] { return pause.left(); }});

  Endpoints endpoints({.scrape =
                           [&] {
                             return metrics.scrape({store, queue, leadership, events, platforms.credentials_lifetimes(),
                                                    options.workers});
                           },
                       .trouble =
                           [&] {
                             const std::string election = elector ? elector->trouble() : "";
                             return watches.trouble() + (election.empty() ? "" : election + "\n");
                           },
                       .hung =
                           [&] {
                             const auto instance = workers->hung(hang_limit(options.timing));
                             return instance ? "the worker of IoTDAInstance " + *instance + " hangs\n" : "";
                           }});
  if (auto error = endpoints.start(options.metrics_address, options.health_address)) return fail(*error);

  os::log::info("starting", {{"server", config->origin.to_string()},
                             {"proxy", config->proxy ? config->proxy->to_string() : "none"},
                             {"namespace", ns},
                             {"leader_election", options.leader_elect},
                             {"identity", identity}});
  watches.start();
  std::jthread event_writer([&](const std::stop_token& stop) { events.run(stop); });
  std::atomic<bool> leads = !elector.has_value();
  std::atomic<bool> lost = false;
  // Starts once everything is listed and, with leader election, this process holds the Lease.
  const auto start_working = [&](const std::stop_token& stop) {
    if (!watches.wait_synced(stop)) return;
    while (!leads.load()) {
      leads.wait(false);
      if (stop.stop_requested()) return;
    }
    if (stop.stop_requested()) return;
    os::log::info("started workers", {{"workers", options.workers}});
    workers->start();
  };
  std::jthread starter(start_working);
  std::jthread election;
  if (elector) {
    election = std::jthread([&](const std::stop_token& stop) {
      elector->run(stop, [&] {
        leads = true;
        leads.notify_all();
      });
      if (!stop.stop_requested()) {
        lost = true;
        kill(getpid(), SIGTERM);
      }
    });
  }

  const int number = wait_for_signal();
  if (lost) {
    os::log::error("lost the Lease; exiting, so that a new process can take part in the election");
  } else {
    os::log::info("stopping", {{"signal", number}});
  }
  starter.request_stop();
  leads = true;
  leads.notify_all();
  starter.join();
  workers->stop(kShutdownGrace);
  if (election.joinable()) {
    election.request_stop();
    election.join();
  }
  event_writer.request_stop();
  event_writer.join();
  watches.stop();
  endpoints.stop();
  return lost ? 1 : 0;
}

}  // namespace controller
