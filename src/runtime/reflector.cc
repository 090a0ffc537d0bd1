#include "runtime/reflector.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/log.h"
#include "base/random.h"
#include "base/time_format.h"

namespace runtime {
namespace {

using Code = kube::Error::Code;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Backoff::Policy kRetry{std::chrono::milliseconds(800), seconds(30), 0.5};
/// For a resource that does not exist: it works soon after its CustomResourceDefinition was applied.
constexpr base::Duration kNotInstalledMax = seconds(5);
/// What a server asks for by Retry-After is followed up to here.
constexpr base::Duration kRetryAfterMax = minutes(1);
constexpr base::Duration kBriefWatch = seconds(1);

/// Between 5 and 10 minutes, so that not all watches end together.
base::Duration watch_timeout() {
  return minutes(5) + seconds(static_cast<int>(300 * base::random_unit()));
}

std::string full_name(const kube::Resource& resource) {
  std::string name(resource.plural);
  if (!resource.group.empty()) name.append(".").append(resource.group);
  return name;
}

}  // namespace

Reflector::Reflector(kube::Api& api, base::Clock& clock, const kube::Resource& resource, ReflectorOptions options,
                     WatchHandler& handler)
    : api_(api),
      clock_(clock),
      resource_(resource),
      options_(std::move(options)),
      machine_(options_.initial_list == ReflectorOptions::InitialList::kStream, handler),
      backoff_(kRetry) {}

void Reflector::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const WatchMachine::Call call = machine_.next();
    const base::BootTime start = clock_.boot_now();
    const auto* list = std::get_if<WatchMachine::ListPage>(&call);
    const auto result =
        list != nullptr ? list_page(list->continue_token, stop) : watch(std::get<WatchMachine::Watch>(call), stop);
    if (stop.stop_requested()) return;

    const bool brief = list == nullptr && clock_.boot_now() - start < kBriefWatch;
    const WatchMachine::Next next = machine_.on_end(result, brief);
    if (next.error) failed(*next.error);
    if (next.pause == WatchMachine::Pause::kNone) continue;
    base::Duration pause = backoff_.next();
    if (next.pause == WatchMachine::Pause::kNotInstalled) pause = std::min(pause, kNotInstalledMax);
    if (next.error && next.error->retry_after) {
      pause = std::max(pause, std::min(*next.error->retry_after, kRetryAfterMax));
    }
    clock_.sleep_for(pause, stop);
  }
}

kube::Result<void> Reflector::list_page(const std::string& continue_token, const std::stop_token& stop) {
  kube::ListOptions options;
  options.ns = options_.ns;
  options.continue_token = continue_token;
  options.metadata_only = options_.metadata_only;
  const auto page = api_.list(resource_, options, stop);
  if (!page) return base::Err(page.error());
  machine_.on_page(page->root());
  if (machine_.state() == WatchMachine::State::kWatching) succeeded();
  return {};
}

kube::Result<void> Reflector::watch(const WatchMachine::Watch& call, const std::stop_token& stop) {
  kube::WatchOptions options;
  options.ns = options_.ns;
  options.resource_version = call.resource_version;
  options.send_initial_events = call.initial_events;
  options.metadata_only = options_.metadata_only;
  options.timeout = watch_timeout();
  std::optional<kube::Error> bad;
  auto result = api_.watch(
      resource_, options, [&](std::string_view line) { return take(line, bad); }, stop);
  if (bad) return base::Err(std::move(*bad));
  return result;
}

bool Reflector::take(std::string_view line, std::optional<kube::Error>& bad) {
  const auto event = json::Document::parse(line);
  if (!event) {
    bad.emplace().code = Code::kBadAnswer;
    bad->message = "a watch event is no JSON: " + event.error().message;
    return false;
  }
  const bool more = machine_.on_event(event->root());
  if (more && machine_.state() == WatchMachine::State::kWatching) {
    backoff_.reset();
    succeeded();
  }
  return more;
}

void Reflector::succeeded() {
  if (failing_) {
    failing_ = false;
    failures_.reset();
    base::log::info("the watch works again", {{"resource", full_name(resource_)}});
    const base::MutexLock lock(mutex_);
    last_error_.clear();
  }
  synced_ = true;
}

void Reflector::failed(const kube::Error& error) {
  const std::string name = full_name(resource_);
  std::string what;
  auto level = base::log::Level::kWarn;
  switch (error.code) {
    case Code::kGone:
      // Part of normal life.
      base::log::debug("the watch is too far behind; listing again", {{"resource", name}});
      return;
    case Code::kNotFound:
      what = resource_.group.empty()
                 ? "the API server has no resource " + name
                 : "CustomResourceDefinition " + name + " is not installed; apply the files under crds/";
      level = base::log::Level::kError;
      break;
    case Code::kForbidden:
      what = "no permission: the operator's account needs the verbs list and watch on " + name +
             (options_.ns.empty() ? " in all namespaces" : " in namespace " + options_.ns);
      level = base::log::Level::kError;
      break;
    case Code::kUnauthorized:
      what = "the API server does not accept the operator's credentials";
      level = base::log::Level::kError;
      break;
    default:
      what = "cannot watch " + name;
      break;
  }
  failing_ = true;
  {
    const base::MutexLock lock(mutex_);
    last_error_ = what + ": " + error.message;
  }
  if (failures_.open(what, clock_.boot_now())) {
    base::log::write(level, what, {{"resource", name}, {"error", error.message}});
  }
}

std::string Reflector::last_error() const {
  const base::MutexLock lock(mutex_);
  return last_error_;
}

}  // namespace runtime
