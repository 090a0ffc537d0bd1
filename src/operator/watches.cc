#include "operator/watches.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/time_format.h"

namespace controller {
namespace {

/// A watch that breaks off and is there again so soon is part of normal life.
constexpr base::Duration kTolerated = std::chrono::seconds(20);

}  // namespace

bool WatchScope::covers(const std::string& ns) const {
  return namespaces.empty() || std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end();
}

Watches::Watches(kube::Api& api, Store& store, base::Clock& clock, const WatchScope& scope) : api_(api), clock_(clock) {
  add("IoTDAInstances", kInstances, {}, std::make_unique<InstanceHandler>(store, notifier()));
  std::set<std::string> namespaces(scope.namespaces.begin(), scope.namespaces.end());
  if (namespaces.empty()) namespaces.insert("");
  for (const std::string& ns : namespaces) {
    add("ServerCertificates" + (ns.empty() ? "" : " in " + ns), kServerCertificates, {.ns = ns},
        std::make_unique<CertificateHandler>(store, ns, notifier()));
  }
  if (!scope.namespaces.empty())
    namespaces.insert(scope.credentials_namespaces.begin(), scope.credentials_namespaces.end());
  for (const std::string& ns : namespaces) {
    // Many, small, and most of them none of ours: in pages they come several times as fast as one by one.
    const runtime::ReflectorOptions options{
        .ns = ns, .metadata_only = true, .initial_list = runtime::ReflectorOptions::InitialList::kPages};
    add("Secrets" + (ns.empty() ? "" : " in " + ns), kube::kSecrets, options,
        std::make_unique<SecretHandler>(store, ns, notifier()));
    watches_.back().secrets = true;
  }
}

void Watches::start() {
  for (const Watch& watch : watches_) {
    if (!watch.secrets) start(watch);
  }
  for (const Watch& watch : watches_) {
    if (watch.secrets) start(watch);
  }
}

void Watches::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

bool Watches::wait_synced(std::stop_token stop) {
  return wait(true, stop);
}

bool Watches::synced() const {
  return synced(true);
}

std::string Watches::trouble() const {
  std::string lines;
  for (const Watch& watch : watches_) {
    const bool synced = watch.handler->synced();
    const base::Duration time = watch.reflector->failing_for();
    if (synced && time < kTolerated) continue;
    const std::string error = watch.reflector->last_error();
    lines += watch.what + ": " + (synced ? "no changes received for " : "not listed yet");
    if (synced) lines += base::to_string(std::chrono::floor<std::chrono::seconds>(time));
    lines += (error.empty() ? "" : ": " + error) + "\n";
  }
  return lines;
}

void Watches::add(std::string what, const kube::Resource& resource, const runtime::ReflectorOptions& options,
                  std::unique_ptr<StoreHandler> handler) {
  Watch watch;
  watch.what = std::move(what);
  watch.reflector = std::make_unique<runtime::Reflector>(api_, clock_, resource, options, *handler);
  watch.handler = std::move(handler);
  watches_.push_back(std::move(watch));
}

bool Watches::synced(bool with_secrets) const {
  return std::all_of(watches_.begin(), watches_.end(),
                     [&](const Watch& watch) { return watch.handler->synced() || (watch.secrets && !with_secrets); });
}

bool Watches::wait(bool with_secrets, const std::stop_token& stop) {
  const base::MutexLock lock(mutex_);
  while (!synced(with_secrets)) {
    if (stop.stop_requested()) return false;
    clock_.wait_until(mutex_, changed_, base::BootTime::max(), stop);
  }
  return true;
}

void Watches::start(const Watch& watch) {
  threads_.emplace_back([this, &watch](const std::stop_token& stop) {
    if (watch.secrets && !wait(false, stop)) return;
    watch.reflector->run(stop);
  });
}

std::function<void()> Watches::notifier() {
  return [this] {
    const base::MutexLock lock(mutex_);
    changed_.notify_all();
  };
}

}  // namespace controller
