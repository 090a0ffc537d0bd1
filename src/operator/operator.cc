#include "operator/operator.h"

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "http/cpprest_transport.h"
#include "kube/client.h"
#include "kube/config.h"
#include "kube/event_recorder.h"
#include "operator/cloud_platforms.h"
#include "operator/endpoints.h"
#include "operator/metrics.h"
#include "operator/reconciler.h"
#include "operator/store.h"
#include "operator/watches.h"
#include "operator/worker_pool.h"
#include "runtime/leader_election.h"
#include "runtime/work_queue.h"

namespace controller {
namespace {

/// How long calls under way may go on after SIGTERM; a Pod has 30 s.
constexpr base::Duration kShutdownGrace = std::chrono::seconds(20);

http::TlsConfig clone(const http::TlsConfig& tls) {
  return {tls.ca_pem,      tls.system_roots, tls.client_certificate_pem, tls.client_key_pem.clone(),
          tls.server_name, tls.insecure};
}

std::string pod_name() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) return "iotda-operator";
  return host.data();
}

int fail(const std::string& message) {
  base::log::error(message);
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

Made make_transport(http::TransportOptions config, base::Clock& clock, const Options& options) {
  Made made = http::make_cpprest_transport(std::move(config), clock);
  if (made.ok() && options.decorate_transport) return options.decorate_transport(std::move(*made));
  return made;
}

Made transport_to(const kube::Config& config, base::Clock& clock, const Options& options) {
  return make_transport({config.origin, clone(config.tls)}, clock, options);
}

}  // namespace

int run(const Options& options) {
  auto config = options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
  if (!config.ok()) return fail(config.error().message);
  std::string ns = options.ns;
  if (ns.empty()) ns = options.kubeconfig.empty() && !config->ns.empty() ? config->ns : "iotda-system";

  base::RealClock clock;
  Metrics metrics;
  auto calls = transport_to(*config, clock, options);
  if (!calls.ok()) return fail("the Kubernetes configuration cannot be used: " + calls.error().message);
  auto streams = transport_to(*config, clock, options);
  if (!streams.ok()) return fail("the Kubernetes configuration cannot be used: " + streams.error().message);
  const auto api = kube::make_client(*config, **calls, **streams, clock, [&](std::string_view method, int status) {
    metrics.kube_request(method, status);
  });

  runtime::WorkQueue queue(clock, &metrics);
  Store store(ns, [&](const std::string& instance) { queue.add(instance); });
  WatchScope scope{options.watch_namespaces, options.credentials_namespaces};
  scope.credentials_namespaces.push_back(ns);
  Watches watches(*api, store, clock, scope);

  const std::string identity = pod_name() + "_" + base::random_hex(8);
  runtime::AlwaysLeading always;
  std::optional<runtime::LeaderElector> elector;
  if (options.leader_elect) elector.emplace(*api, clock, runtime::LeaseConfig{ns, "iotda-operator", identity});
  runtime::Leadership& leadership = elector ? static_cast<runtime::Leadership&>(*elector) : always;

  CloudPlatforms platforms(
      *api, store, clock,
      [&](const http::Origin& endpoint, const std::string& ca_pem) {
        return make_transport({endpoint, {.ca_pem = ca_pem, .system_roots = true}}, clock, options);
      },
      ns, {options.credentials_namespaces.begin(), options.credentials_namespaces.end()},
      [&](std::string_view call, int status) { metrics.platform_request(call, status); });
  kube::EventRecorder events(*api, clock, identity);
  Reconciler reconciler(*api, store, platforms, events, clock, leadership,
                        {options.timing, [&](const std::string& name) { return scope.covers(name); }});
  WorkerPool workers(options.workers, queue, reconciler, metrics, clock);

  // A worker is at one action at most, and no action takes longer than its calls' deadlines.
  const base::Duration hung = 4 * options.timing.upload_deadline + std::chrono::minutes(2);
  Endpoints endpoints({.scrape =
                           [&] {
                             return metrics.scrape({store, queue, leadership, options.workers});
                           },
                       .trouble = [&] { return watches.synced() ? std::string() : watches.trouble(); },
                       .alive = [&] { return !queue.stuck(hung); }});
  if (auto error = endpoints.start(options.metrics_address, options.health_address)) return fail(*error);

  base::log::info("starting", {{"server", config->origin.to_string()},
                               {"namespace", ns},
                               {"leader_election", options.leader_elect},
                               {"identity", identity}});
  watches.start();
  std::jthread event_writer([&](const std::stop_token& stop) { events.run(stop); });
  std::atomic<bool> leads = !elector.has_value();
  std::atomic<bool> lost = false;
  // Works once everything is listed and, with leader election, the Lease is ours.
  const auto start_working = [&](const std::stop_token& stop) {
    if (!watches.wait_synced(stop)) return;
    while (!leads.load()) {
      leads.wait(false);
      if (stop.stop_requested()) return;
    }
    if (stop.stop_requested()) return;
    base::log::info("working", {{"workers", options.workers}});
    workers.start();
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
    base::log::error("the Lease is lost; ending, so that a fresh process can take part in the election");
  } else {
    base::log::info("stopping", {{"signal", number}});
  }
  starter.request_stop();
  leads = true;
  leads.notify_all();
  starter.join();
  workers.stop(kShutdownGrace);
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
