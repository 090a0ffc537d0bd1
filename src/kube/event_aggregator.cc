#include "kube/event_aggregator.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"
#include "base/time_format.h"
#include "json/writer.h"
#include "os/random.h"

namespace kube {
namespace {

constexpr base::Duration kSeriesEnd = std::chrono::minutes(6);
constexpr base::Duration kRefresh = std::chrono::minutes(30);
constexpr double kBurst = 25;
constexpr base::Duration kRefill = std::chrono::minutes(5);
constexpr std::size_t kMaxTracked = 1000;

// Limits of events.k8s.io/v1.
constexpr std::size_t kMaxWord = 128;
constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxName = 253;

std::string identity(const ObjectReference& object) {
  return object.uid.empty() ? object.kind + "/" + object.name.to_string() : object.uid;
}

ObjectName event_name(const ObjectReference& regarding) {
  const std::string suffix = "." + os::random_hex(8);
  std::string name = regarding.name.name.substr(0, kMaxName - suffix.size());
  // A label must not end in '.' or '-'.
  while (!name.empty() && !base::is_alphanumeric(name.back())) name.pop_back();
  // The API server wants events about cluster-scoped objects in this namespace.
  return {regarding.name.ns.empty() ? "default" : regarding.name.ns, name + suffix};
}

/// Makes room for one more entry: removes the one with the smallest `age`.
template <class Map, class Age>
void make_room(Map& map, Age age) {
  if (map.size() < kMaxTracked) return;
  map.erase(std::min_element(map.begin(), map.end(),
                             [&](const auto& a, const auto& b) { return age(a.second) < age(b.second); }));
}

}  // namespace

EventAggregator::EventAggregator(std::string_view instance) : instance_(base::truncate(instance, kMaxWord)) {}

EventAggregator::Verdict EventAggregator::add(const Event& event, EventTime time, EventWrite& write) {
  const std::string object = identity(event.regarding);
  Key key{object, event.warning, event.reason, event.action, event.note};
  if (const auto found = series_.find(key); found != series_.end()) {
    Series& series = found->second;
    ++series.count;
    series.last = time;
    const bool news = series.count == 2 || time.measured >= series.written_at + kRefresh;
    if (news) write = patch(series, time.measured);
    next_due_ = std::min(next_due_, due_at(series));
    return news ? Verdict::kWrite : Verdict::kNothingNew;
  }
  if (!spend(object, time.measured)) return Verdict::kOverRate;

  make_room(series_, [](const Series& s) { return s.last.measured; });
  Series series{event_name(event.regarding), 1, time, 1, time.measured};
  write = {true, series.name, body(event, series.name, time.shown)};
  next_due_ = std::min(next_due_, due_at(series));
  series_.emplace(std::move(key), std::move(series));
  return Verdict::kWrite;
}

bool EventAggregator::spend(const std::string& object, base::BootTime now) {
  if (!budgets_.contains(object)) make_room(budgets_, [](const base::TokenBucket& b) { return b.last_spent(); });
  base::TokenBucket& budget = budgets_.try_emplace(object, kBurst, kRefill).first->second;
  if (budget.tokens(now) < 1) return false;
  budget.spend(now);
  return true;
}

base::BootTime EventAggregator::due_at(const Series& series) {
  const base::BootTime end = series.last.measured + kSeriesEnd;
  return series.count == series.written_count ? end : std::min(end, series.written_at + kRefresh);
}

std::vector<EventWrite> EventAggregator::due(base::BootTime now, bool all) {
  std::vector<EventWrite> writes;
  if (now < next_due_ && !all) return writes;
  next_due_ = base::BootTime::max();
  for (auto it = series_.begin(); it != series_.end();) {
    Series& series = it->second;
    if (series.count != series.written_count && (all || due_at(series) <= now)) writes.push_back(patch(series, now));
    if (series.last.measured + kSeriesEnd <= now) {
      it = series_.erase(it);
      continue;
    }
    next_due_ = std::min(next_due_, due_at(series));
    ++it;
  }
  return writes;
}

void EventAggregator::forget(const ObjectName& name) {
  std::erase_if(series_, [&](const auto& entry) { return entry.second.name == name; });
}

EventWrite EventAggregator::patch(Series& series, base::BootTime now) {
  series.written_count = series.count;
  series.written_at = now;
  json::Writer w;
  w.begin_object().key("series").begin_object();
  w.member("count", series.count).member("lastObservedTime", base::to_rfc3339_micro(series.last.shown));
  w.end_object().end_object();
  return {false, series.name, w.take()};
}

std::string EventAggregator::body(const Event& event, const ObjectName& name, base::SystemTime time) const {
  const ObjectReference& about = event.regarding;
  json::Writer w;
  w.begin_object().member("apiVersion", "events.k8s.io/v1").member("kind", "Event");
  w.key("metadata").begin_object().member("namespace", name.ns).member("name", name.name).end_object();
  w.member("eventTime", base::to_rfc3339_micro(time));
  w.member("reportingController", "iotda.huaweicloud.com/operator").member("reportingInstance", instance_);
  w.member("type", event.warning ? "Warning" : "Normal");
  w.member("reason", base::truncate(event.reason, kMaxWord)).member("action", base::truncate(event.action, kMaxWord));
  w.member("note", base::truncate(event.note, kMaxNote));
  w.key("regarding").begin_object().member("apiVersion", about.api_version).member("kind", about.kind);
  if (!about.name.ns.empty()) w.member("namespace", about.name.ns);
  w.member("name", about.name.name);
  if (!about.uid.empty()) w.member("uid", about.uid);
  if (!about.resource_version.empty()) w.member("resourceVersion", about.resource_version);
  w.end_object().end_object();
  return w.take();
}

}  // namespace kube
