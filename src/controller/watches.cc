#include "controller/watches.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/time_format.h"

namespace controller {
namespace {

/// Interruptions of a watch that are shorter are normal.
constexpr base::Duration kTolerated = std::chrono::seconds(20);

}  // namespace

bool WatchScope::covers(const std::string& ns) const {
  return namespaces.empty() || std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end();
}

Watches::Watches(kube::Api& api, Store& store, os::Clock& clock, const WatchScope& scope)
    : api_(api), store_(store), clock_(clock) {
  add("IoTDAInstances", kInstances, {}, std::make_unique<InstanceHandler>(store, notifier()));
  add("Namespaces", kube::kNamespaces, {.metadata_only = true}, std::make_unique<NamespaceHandler>(store, notifier()),
      Watch::When::kWhenSelected);
  std::set<std::string> namespaces(scope.namespaces.begin(), scope.namespaces.end());
  if (namespaces.empty()) namespaces.insert("");
  for (const std::string& ns : namespaces) {
    add("ServerCertificates" + (ns.empty() ? "" : " in " + ns), kServerCertificates, {.ns = ns},
        std::make_unique<CertificateHandler>(store, ns, notifier()));
  }
  if (!scope.namespaces.empty())
    namespaces.insert(scope.credentials_namespaces.begin(), scope.credentials_namespaces.end());
  for (const std::string& ns : namespaces) {
    // In pages, because there can be many, and pages are several times as fast as single events.
    const runtime::ReflectorOptions options{
        .ns = ns, .metadata_only = true, .initial_list = runtime::ReflectorOptions::InitialList::kPages};
    add("Secrets" + (ns.empty() ? "" : " in " + ns), kube::kSecrets, options,
        std::make_unique<SecretHandler>(store, ns, notifier()), Watch::When::kWithObjects);
  }
}

void Watches::start() {
  for (const Watch& watch : watches_) {
    threads_.emplace_back([this, &watch](const std::stop_token& stop) { run(watch, stop); });
  }
}

void Watches::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

bool Watches::wait_synced(std::stop_token stop) {
  return wait([this] { return synced(true); }, stop);
}

bool Watches::synced() const {
  return synced(true);
}

std::string Watches::trouble() const {
  std::string lines;
  for (const Watch& watch : watches_) {
    if (!needed(watch)) continue;
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
                  std::unique_ptr<StoreHandler> handler, Watch::When when) {
  Watch watch;
  watch.what = std::move(what);
  watch.reflector = std::make_unique<runtime::Reflector>(api_, clock_, resource, options, *handler);
  watch.handler = std::move(handler);
  watch.when = when;
  watches_.push_back(std::move(watch));
}

bool Watches::needed(const Watch& watch) const {
  return watch.when != Watch::When::kWhenSelected || store_.selects_namespaces();
}

bool Watches::synced(bool with_secrets) const {
  return std::all_of(watches_.begin(), watches_.end(), [&](const Watch& watch) {
    const bool later = watch.when == Watch::When::kWithObjects && !with_secrets;
    return watch.handler->synced() || later || !needed(watch);
  });
}

/// False if it was stopped before that.
bool Watches::wait(const std::function<bool()>& condition, const std::stop_token& stop) {
  const os::MutexLock lock(mutex_);
  while (!condition()) {
    if (stop.stop_requested()) return false;
    clock_.wait_until(mutex_, changed_, base::BootTime::max(), stop);
  }
  return true;
}

void Watches::run(const Watch& watch, const std::stop_token& stop) {
  switch (watch.when) {
    case Watch::When::kAtOnce:
      break;
    case Watch::When::kWithObjects:
      if (!wait([this] { return synced(false); }, stop)) return;
      break;
    case Watch::When::kWhenSelected:
      if (!wait([this] { return store_.selects_namespaces(); }, stop)) return;
      break;
  }
  watch.reflector->run(stop);
}

std::function<void()> Watches::notifier() {
  return [this] {
    const os::MutexLock lock(mutex_);
    changed_.notify_all();
  };
}

}  // namespace controller
