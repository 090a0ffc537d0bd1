#include "runtime/reflector.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/time_format.h"
#include "os/log.h"
#include "os/random.h"

namespace runtime {
namespace {

using Code = kube::Error::Code;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Backoff::Policy kRetry{std::chrono::milliseconds(800), seconds(15), 0.5};
/// For a resource that does not exist: it becomes available soon after its CustomResourceDefinition is applied.
constexpr base::Duration kNotInstalledMax = seconds(5);
/// Maximum delay that a server can request with Retry-After.
constexpr base::Duration kRetryAfterMax = minutes(1);
/// A list that takes longer should be read in pages.
constexpr base::Duration kStreamingList = minutes(1);
constexpr base::Duration kBriefWatch = seconds(1);
/// By this time the response to a watch has begun, or the watch has failed.
constexpr base::Duration kRefusedBy = seconds(11);
/// A watch that ends this much before its timeout was interrupted.
constexpr base::Duration kEarly = seconds(2);
/// A watch that is too far behind again within this time makes no progress.
constexpr base::Duration kGoneAgain = minutes(2);

/// Short, because otherwise a dead watch cannot be distinguished from one without events: a device on the path may have
/// dropped the connection, or keep it open without passing data on. Randomized, so that watches do not end at the same
/// time.
base::Duration watch_timeout(bool initial_events) {
  if (initial_events) return kStreamingList;
  return seconds(30 + static_cast<int>(10 * os::random_unit()));
}

std::string full_name(const kube::Resource& resource) {
  std::string name(resource.plural);
  if (!resource.group.empty()) name.append(".").append(resource.group);
  return name;
}

}  // namespace

Reflector::Reflector(kube::Api& api, os::Clock& clock, const kube::Resource& resource, ReflectorOptions options,
                     WatchHandler& handler)
    : api_(api),
      clock_(clock),
      resource_(resource),
      options_(std::move(options)),
      name_(full_name(resource) + (options_.ns.empty() ? "" : " in namespace " + options_.ns)),
      machine_(options_.initial_list == ReflectorOptions::InitialList::kStream, handler),
      backoff_(kRetry) {}

void Reflector::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const WatchMachine::Call call = machine_.next();
    auto end = WatchMachine::End::kWhole;
    const auto result = std::visit([&](const auto& c) { return make(c, end, stop); }, call);
    if (stop.stop_requested()) return;

    const WatchMachine::Next next = machine_.on_end(result, end);
    if (next.error) {
      failed(*next.error);
    } else if (std::holds_alternative<WatchMachine::Watch>(call) && end == WatchMachine::End::kWhole) {
      succeeded();
    }
    if (next.pause == WatchMachine::Pause::kNone) continue;
    base::Duration pause = backoff_.next(os::random_unit());
    if (next.pause == WatchMachine::Pause::kNotInstalled) pause = std::min(pause, kNotInstalledMax);
    if (next.error && next.error->retry_after) {
      pause = std::max(pause, std::min(*next.error->retry_after, kRetryAfterMax));
    }
    clock_.sleep_for(pause, stop);
  }
}

kube::Result<void> Reflector::make(const WatchMachine::ListPage& call, WatchMachine::End& /*end*/,
                                   const std::stop_token& stop) {
  return list_page(call.continue_token, stop);
}

kube::Result<void> Reflector::make(const WatchMachine::Look& /*call*/, WatchMachine::End& /*end*/,
                                   const std::stop_token& stop) {
  kube::ListOptions options;
  options.ns = options_.ns;
  options.limit = 1;
  options.metadata_only = options_.metadata_only;
  const auto list = api_.list(resource_, options, stop);
  if (!list) return base::Err(list.error());
  machine_.on_look(list->root());
  if (machine_.state() == WatchMachine::State::kEmpty) {
    os::log::warn("resourceVersions went back, as after a restore of etcd; listing everything again",
                  {{"resource", name_}, {"version", list->root().path("metadata.resourceVersion").string_or("")}});
  }
  return {};
}

kube::Result<void> Reflector::make(const WatchMachine::Watch& call, WatchMachine::End& end,
                                   const std::stop_token& stop) {
  const base::BootTime start = clock_.boot_now();
  const base::Duration timeout = watch_timeout(call.initial_events);
  watching(start);
  auto result = watch(call, timeout, stop);
  watching(std::nullopt);
  const base::Duration took = clock_.boot_now() - start;
  if (took > kRefusedBy) backoff_.reset();
  if (took < kBriefWatch) {
    end = WatchMachine::End::kBrief;
  } else if (took < timeout - kEarly) {
    end = WatchMachine::End::kCut;
  }
  return result;
}

kube::Result<void> Reflector::list_page(const std::string& continue_token, const std::stop_token& stop) {
  kube::ListOptions options;
  options.ns = options_.ns;
  options.continue_token = continue_token;
  options.metadata_only = options_.metadata_only;
  const auto page = api_.list(resource_, options, stop);
  if (!page) return base::Err(page.error());
  machine_.on_page(page->root());
  if (machine_.state() == WatchMachine::State::kWatching) synced_ = true;
  return {};
}

kube::Result<void> Reflector::watch(const WatchMachine::Watch& call, base::Duration timeout,
                                    const std::stop_token& stop) {
  kube::WatchOptions options;
  options.ns = options_.ns;
  options.resource_version = call.resource_version;
  options.send_initial_events = call.initial_events;
  options.metadata_only = options_.metadata_only;
  options.timeout = timeout;
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
    bad->message = "a watch event is not JSON: " + event.error().message;
    return false;
  }
  const bool initial = machine_.state() == WatchMachine::State::kInitialWatch;
  const bool more = machine_.on_event(event->root());
  if (machine_.state() == WatchMachine::State::kWatching && initial) synced_ = true;
  if (machine_.state() == WatchMachine::State::kWatching && !initial && more) {
    backoff_.reset();
    succeeded();
  }
  return more;
}

void Reflector::succeeded() {
  if (!std::exchange(failing_, false)) return;
  {
    const os::MutexLock lock(mutex_);
    last_error_.clear();
    failing_since_.reset();
  }
  failures_.reset();
  os::log::info("watch recovered", {{"resource", name_}});
}

void Reflector::failed(const kube::Error& error) {
  const base::BootTime now = clock_.boot_now();
  std::string what;
  auto level = os::log::Level::kWarn;
  switch (error.code) {
    case Code::kGone:
      // Normal if it happens rarely.
      if (!gone_at_ || now - *gone_at_ > kGoneAgain) {
        gone_at_ = now;
        os::log::info("the watch is too far behind; listing again", {{"resource", name_}, {"error", error.message}});
        return;
      }
      gone_at_ = now;
      what =
          "the watch is too far behind again: the API server discards changes of " + name_ + " before they can be read";
      break;
    case Code::kNotFound:
    case Code::kNotServed:
      what = resource_.group.empty() ? "the API server has no resource " + name_
                                     : "CustomResourceDefinition " + full_name(resource_) +
                                           " is not installed; apply the files under crds/";
      level = os::log::Level::kError;
      break;
    case Code::kForbidden:
      what = "no permission: the operator's account needs the verbs list and watch on " + full_name(resource_) +
             (options_.ns.empty() ? " in all namespaces" : " in namespace " + options_.ns);
      level = os::log::Level::kError;
      break;
    case Code::kUnauthorized:
      what = "the API server does not accept the operator's credentials";
      level = os::log::Level::kError;
      break;
    default:
      what = "cannot watch " + name_;
      break;
  }
  failing_ = true;
  {
    const os::MutexLock lock(mutex_);
    last_error_ = what + ": " + error.message;
    if (!failing_since_) failing_since_ = now;
  }
  if (failures_.open(what, now)) {
    os::log::write(level, what, {{"resource", name_}, {"error", error.message}});
  }
}

void Reflector::watching(std::optional<base::BootTime> since) {
  const os::MutexLock lock(mutex_);
  if (watches()) failing_since_.reset();
  watching_since_ = since;
}

/// A rejected watch ends immediately, or soon after if its response does not begin. So this watch works, even without
/// events.
bool Reflector::watches() const {
  return watching_since_ && clock_.boot_now() - *watching_since_ > kRefusedBy;
}

std::string Reflector::last_error() const {
  const os::MutexLock lock(mutex_);
  return watches() ? "" : last_error_;
}

base::Duration Reflector::failing_for() const {
  const os::MutexLock lock(mutex_);
  return failing_since_ && !watches() ? clock_.boot_now() - *failing_since_ : base::Duration::zero();
}

}  // namespace runtime
