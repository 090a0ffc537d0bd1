#include "support/fake_kube_api.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include "os/mutex.h"
#include "support/kube_object_store.h"

namespace testing_support {
namespace {

using Code = kube::Error::Code;

Json only_metadata(const Json& object) {
  return {{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/v1"}, {"metadata", object["metadata"]}};
}

std::string event_line(std::string_view type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump();
}

std::string error_line(int code, const char* reason, const std::string& message) {
  return event_line("ERROR", {{"kind", "Status"},
                              {"apiVersion", "v1"},
                              {"metadata", Json::object()},
                              {"status", "Failure"},
                              {"message", message},
                              {"reason", reason},
                              {"code", code}});
}

std::string api_version(const kube::Resource& resource) {
  return resource.group.empty() ? std::string(resource.version)
                                : std::string(resource.group) + "/" + std::string(resource.version);
}

bool is_builtin(const kube::Resource& resource) {
  return resource.group.empty() || resource.group.ends_with(".k8s.io");
}

[[noreturn]] void broken_test(const std::string& what) {
  std::cerr << "FakeKubeApi: " << what << std::endl;
  std::abort();
}

json::Document to_document(const Json& object) {
  auto document = json::Document::parse(object.dump());
  if (!document) broken_test("not JSON: " + document.error().message);
  return std::move(document).value();
}

kube::Result<json::Document> to_answer(const kube::Result<Object>& result) {
  if (!result) return base::Err(result.error());
  return to_document(**result);
}

std::optional<Json> parse(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

Json parse_or_abort(const std::string& text) {
  auto parsed = parse(text);
  if (!parsed) broken_test("not JSON: " + text);
  return std::move(*parsed);
}

}  // namespace

kube::Error kube_error(Code code, int status, std::string message) {
  kube::Error error;
  error.code = code;
  error.status = status;
  error.message = std::move(message);
  return error;
}

struct FakeKubeApi::Impl {
  /// A list of which not all pages were handed out.
  struct Snapshot {
    std::vector<Object> rest;
    std::uint64_t version = 0;
  };
  struct State {
    explicit State(os::Clock& clock) : store(clock) {}
    KubeObjectStore store;
    std::map<std::string, Snapshot> snapshots;  // by continue token
    std::uint64_t tokens = 0;
    std::string lacking;  // a field of a status
  };
  struct PlannedFault {
    int calls_left;
    std::string verb;
    std::string resource;
    Fault fault;
  };

  explicit Impl(os::Clock& c) : clock(c), state(c) {}

  /// What is to go wrong with this call. Called without the lock: the interceptor may use the API itself.
  std::optional<Fault> begin(const Call& call) EXCLUDES(mutex) {
    std::function<std::optional<Fault>(const Call&)> ask;
    {
      const os::MutexLock lock(mutex);
      if (recording) log.push_back(call);
      ask = interceptor;
      std::optional<Fault> now;
      std::erase_if(planned, [&](PlannedFault& plan) {
        if (plan.verb != call.verb || (!plan.resource.empty() && plan.resource != call.resource)) return false;
        if (plan.calls_left-- > 1) return false;
        now = std::move(plan.fault);
        return true;
      });
      if (now) return now;
    }
    return ask ? ask(call) : std::nullopt;
  }

  /// One call: faults, then `act` on the state.
  template <class Act>
  kube::Result<json::Document> call(const Call& what, const std::stop_token& stop, const Act& act) EXCLUDES(mutex) {
    if (stop.stop_requested()) return base::Err(kube_error(Code::kCancelled, 0, "cancelled"));
    const auto fault = begin(what);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    const os::MutexLock lock(mutex);
    kube::Result<json::Document> result = act(state);
    changed.notify_all();
    if (fault) return base::Err(fault->error);
    return result;
  }

  /// The lines that a watch gets about `change`; none if it is about something else.
  static std::optional<std::string> line(const KubeObjectStore::Change& change, const kube::Resource& resource,
                                         const std::string& ns, bool metadata_only) {
    if (change.resource != full_name(resource)) return std::nullopt;
    if (!ns.empty() && name_of(*change.object).ns != ns) return std::nullopt;
    return event_line(change.type, metadata_only ? only_metadata(*change.object) : *change.object);
  }

  std::string bookmark(const ServedResource& type, bool metadata_only, bool initial_events_end) REQUIRES(mutex) {
    Json metadata{{"resourceVersion", std::to_string(state.store.version())}};
    if (initial_events_end) metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
    Json object{{"kind", type.kind}, {"apiVersion", api_version(type.resource)}, {"metadata", metadata}};
    return event_line("BOOKMARK", metadata_only ? only_metadata(object) : object);
  }

  /// What a watch sends first. The version from which on it then sends changes, or none to end it here.
  std::optional<std::uint64_t> start(const ServedResource& type, const kube::WatchOptions& options,
                                     std::vector<std::string>& lines) REQUIRES(mutex) {
    if (options.send_initial_events && streaming == StreamingLists::kNoProgress) {
      lines.push_back(
          error_line(500, "InternalError", "etcd: required storage feature RequestWatchProgress is disabled"));
      return std::nullopt;
    }
    if (!options.send_initial_events && !options.resource_version.empty() && options.resource_version != "0") {
      const std::uint64_t from = std::strtoull(options.resource_version.c_str(), nullptr, 10);
      if (from < state.store.compacted()) {
        lines.push_back(error_line(410, "Expired",
                                   "too old resource version: " + options.resource_version + " (" +
                                       std::to_string(state.store.compacted()) + ")"));
        return std::nullopt;
      }
      return from;
    }
    for (const Object& object : state.store.all(type.resource, options.ns)) {
      lines.push_back(event_line("ADDED", options.metadata_only ? only_metadata(*object) : *object));
    }
    if (options.send_initial_events) lines.push_back(bookmark(type, options.metadata_only, true));
    return state.store.version();
  }

  os::Clock& clock;
  mutable os::Mutex mutex;
  os::ConditionVariable changed;
  State state GUARDED_BY(mutex);
  StreamingLists streaming GUARDED_BY(mutex) = StreamingLists::kWork;
  std::uint64_t bookmark_rounds GUARDED_BY(mutex) = 0;
  std::uint64_t end_rounds GUARDED_BY(mutex) = 0;
  int running_watches GUARDED_BY(mutex) = 0;
  std::function<std::optional<Fault>(const Call&)> interceptor GUARDED_BY(mutex);
  std::vector<PlannedFault> planned GUARDED_BY(mutex);
  std::vector<Call> log GUARDED_BY(mutex);
  bool recording GUARDED_BY(mutex) = true;
};

FakeKubeApi::FakeKubeApi(os::Clock& clock) : impl_(std::make_unique<Impl>(clock)) {
  serve({kube::kSecrets, "Secret", true, false, {}});
  serve({kube::kNamespaces, "Namespace", false, false, {}});
  serve({kube::kLeases, "Lease", true, false, {}});
  serve({kube::kEvents, "Event", true, false, {}});
}
FakeKubeApi::~FakeKubeApi() = default;

kube::Result<json::Document> FakeKubeApi::get(const kube::Resource& resource, const kube::ObjectName& name,
                                              std::stop_token stop) {
  return impl_->call(
      {"get", std::string(resource.plural), name, "", ""}, stop,
      [&](Impl::State& state) -> kube::Result<json::Document> { return to_answer(state.store.get(resource, name)); });
}

kube::Result<json::Document> FakeKubeApi::list(const kube::Resource& resource, const kube::ListOptions& options,
                                               std::stop_token stop) {
  const Call call{"list", std::string(resource.plural), {options.ns, ""}, "", ""};
  return impl_->call(call, stop, [&](Impl::State& state) -> kube::Result<json::Document> {
    const ServedResource* type = state.store.type(resource);
    if (type == nullptr) return base::Err(KubeObjectStore::not_served());
    Impl::Snapshot snapshot{state.store.all(resource, options.ns), state.store.version()};
    if (!options.continue_token.empty()) {
      auto found = state.snapshots.extract(options.continue_token);
      if (found.empty()) {
        return base::Err(kube_error(Code::kGone, 410,
                                    "The provided continue parameter is too old to display a "
                                    "consistent list result."));
      }
      snapshot = std::move(found.mapped());
    }
    const std::size_t size = options.limit > 0 ? std::min(snapshot.rest.size(), static_cast<std::size_t>(options.limit))
                                               : snapshot.rest.size();
    Json items = Json::array();
    for (std::size_t i = 0; i < size; ++i) {
      Json item = options.metadata_only ? only_metadata(*snapshot.rest[i]) : *snapshot.rest[i];
      if (!options.metadata_only && is_builtin(resource)) {
        item.erase("kind");
        item.erase("apiVersion");
      }
      items.push_back(std::move(item));
    }
    Json metadata{{"resourceVersion", std::to_string(snapshot.version)}};
    if (size < snapshot.rest.size()) {
      const std::string token = "page-" + std::to_string(++state.tokens);
      metadata["continue"] = token;
      metadata["remainingItemCount"] = snapshot.rest.size() - size;
      snapshot.rest.erase(snapshot.rest.begin(), snapshot.rest.begin() + static_cast<std::ptrdiff_t>(size));
      state.snapshots[token] = std::move(snapshot);
    }
    return to_document({{"kind", options.metadata_only ? "PartialObjectMetadataList" : type->kind + "List"},
                        {"apiVersion", options.metadata_only ? "meta.k8s.io/v1" : api_version(resource)},
                        {"metadata", metadata},
                        {"items", items}});
  });
}

kube::Result<json::Document> FakeKubeApi::create(const kube::Resource& resource, std::string_view ns, std::string body,
                                                 std::stop_token stop) {
  const Call call{"create", std::string(resource.plural), {std::string(ns), ""}, "", body};
  return impl_->call(call, stop, [&](Impl::State& state) -> kube::Result<json::Document> {
    auto object = parse(body);
    if (!object) return base::Err(kube_error(Code::kInvalid, 400, "the body is no JSON"));
    return to_answer(state.store.create(resource, std::string(ns), std::move(*object)));
  });
}

kube::Result<json::Document> FakeKubeApi::replace(const kube::Resource& resource, const kube::ObjectName& name,
                                                  std::string body, std::stop_token stop) {
  const Call call{"replace", std::string(resource.plural), name, "", body};
  return impl_->call(call, stop, [&](Impl::State& state) -> kube::Result<json::Document> {
    auto object = parse(body);
    if (!object) return base::Err(kube_error(Code::kInvalid, 400, "the body is no JSON"));
    return to_answer(state.store.replace(resource, name, std::move(*object)));
  });
}

kube::Result<json::Document> FakeKubeApi::patch(const kube::Resource& resource, const kube::ObjectName& name,
                                                std::string body, const kube::PatchOptions& options,
                                                std::stop_token stop) {
  const bool apply = options.type == kube::PatchOptions::Type::kApply;
  const Call call{apply ? "apply" : "patch", std::string(resource.plural), name, std::string(options.subresource),
                  body};
  return impl_->call(call, stop, [&](Impl::State& state) -> kube::Result<json::Document> {
    auto object = parse(body);
    if (!object) return base::Err(kube_error(Code::kInvalid, 400, "the body is no JSON"));
    if (!state.lacking.empty() && object->contains("status")) (*object)["status"].erase(state.lacking);
    return to_answer(apply ? state.store.apply(resource, name, *object, options.subresource, options.field_manager)
                           : state.store.merge_patch(resource, name, *object, options.subresource));
  });
}

kube::Result<void> FakeKubeApi::watch(const kube::Resource& resource, const kube::WatchOptions& options,
                                      const kube::WatchSink& sink, std::stop_token stop) {
  Impl& impl = *impl_;
  if (stop.stop_requested()) return base::Err(kube_error(Code::kCancelled, 0, "cancelled"));
  const auto fault = impl.begin({"watch", std::string(resource.plural), {options.ns, ""}, "", ""});
  if (fault) return base::Err(fault->error);

  const base::BootTime deadline = impl.clock.boot_now() + options.timeout;
  std::vector<std::string> lines;
  std::uint64_t at = 0;
  bool last = false;
  std::uint64_t bookmark_round = 0;
  std::uint64_t end_round = 0;
  {
    const os::MutexLock lock(impl.mutex);
    const ServedResource* type = impl.state.store.type(resource);
    if (type == nullptr) return base::Err(KubeObjectStore::not_served());
    if (options.send_initial_events && impl.streaming == StreamingLists::kUnknown) {
      return base::Err(kube_error(Code::kInvalid, 422,
                                  "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: "
                                  "sendInitialEvents is forbidden for watch unless the WatchList feature gate is "
                                  "enabled"));
    }
    const auto from = impl.start(*type, options, lines);
    at = from.value_or(0);
    last = !from.has_value();
    bookmark_round = impl.bookmark_rounds;
    end_round = impl.end_rounds;
    ++impl.running_watches;
  }
  kube::Result<void> result;
  while (true) {
    // Without the lock: the sink may call the API.
    const bool more = std::all_of(lines.begin(), lines.end(), [&](const std::string& line) { return sink(line); });
    const os::MutexLock lock(impl.mutex);
    lines.clear();
    while (more && !last && lines.empty()) {
      if (at < impl.state.store.compacted()) {
        lines.push_back(error_line(410, "Expired", "too old resource version"));
        last = true;
        break;
      }
      for (const auto& change : impl.state.store.changes()) {
        if (change.version <= at) continue;
        if (auto line = Impl::line(change, resource, options.ns, options.metadata_only)) {
          lines.push_back(std::move(*line));
        }
      }
      at = impl.state.store.version();
      const ServedResource* type = impl.state.store.type(resource);
      if (type != nullptr && bookmark_round != impl.bookmark_rounds) {
        lines.push_back(impl.bookmark(*type, options.metadata_only, false));
      }
      bookmark_round = impl.bookmark_rounds;
      last = type == nullptr || end_round != impl.end_rounds || impl.clock.boot_now() >= deadline;
      if (stop.stop_requested()) {
        result = base::Err(kube_error(Code::kCancelled, 0, "cancelled"));
        last = true;
        lines.clear();
      }
      if (lines.empty() && !last) impl.clock.wait_until(impl.mutex, impl.changed, deadline, stop);
    }
    if (!more || lines.empty()) {
      --impl.running_watches;
      return result;
    }
  }
}

void FakeKubeApi::serve(const ServedResource& type) {
  const os::MutexLock lock(impl_->mutex);
  impl_->state.store.serve(type);
}

void FakeKubeApi::stop_serving(const kube::Resource& resource) {
  const os::MutexLock lock(impl_->mutex);
  impl_->state.store.stop_serving(resource);
  impl_->changed.notify_all();
}

void FakeKubeApi::put(const std::string& manifest) {
  Json object = parse_or_abort(manifest);
  const os::MutexLock lock(impl_->mutex);
  const ServedResource* type = impl_->state.store.type(object.value("apiVersion", ""), object.value("kind", ""));
  if (type == nullptr) broken_test("put: apiVersion and kind are not served: " + manifest);
  const kube::ObjectName name = name_of(object);
  const auto before = impl_->state.store.get(type->resource, name);
  if (before) object["metadata"]["resourceVersion"] = (**before)["metadata"]["resourceVersion"];
  const auto result = before ? impl_->state.store.replace(type->resource, name, object)
                             : impl_->state.store.create(type->resource, name.ns, object);
  if (!result) broken_test("put: " + result.error().message);
  impl_->changed.notify_all();
}

void FakeKubeApi::edit(const kube::Resource& resource, const kube::ObjectName& name, const std::string& merge_patch,
                       std::string_view subresource) {
  const Json patch = parse_or_abort(merge_patch);
  const os::MutexLock lock(impl_->mutex);
  const auto result = impl_->state.store.merge_patch(resource, name, patch, subresource);
  if (!result) broken_test("edit: " + result.error().message);
  impl_->changed.notify_all();
}

void FakeKubeApi::remove(const kube::Resource& resource, const kube::ObjectName& name) {
  const os::MutexLock lock(impl_->mutex);
  const auto result = impl_->state.store.remove(resource, name);
  if (!result) broken_test("remove: " + result.error().message);
  impl_->changed.notify_all();
}

std::optional<std::string> FakeKubeApi::object(const kube::Resource& resource, const kube::ObjectName& name) const {
  const os::MutexLock lock(impl_->mutex);
  const auto found = impl_->state.store.get(resource, name);
  if (!found) return std::nullopt;
  return (*found)->dump();
}

std::vector<kube::ObjectName> FakeKubeApi::names(const kube::Resource& resource) const {
  const os::MutexLock lock(impl_->mutex);
  std::vector<kube::ObjectName> out;
  for (const Object& object : impl_->state.store.all(resource, "")) out.push_back(name_of(*object));
  return out;
}

std::uint64_t FakeKubeApi::version() const {
  const os::MutexLock lock(impl_->mutex);
  return impl_->state.store.version();
}

std::vector<std::string> FakeKubeApi::changes_after(const kube::Resource& resource, std::uint64_t version) const {
  const os::MutexLock lock(impl_->mutex);
  std::vector<std::string> lines;
  const auto& changes = impl_->state.store.changes();
  auto change = std::upper_bound(changes.begin(), changes.end(), version,
                                 [](std::uint64_t v, const auto& c) { return v < c.version; });
  for (; change != changes.end(); ++change) {
    if (auto line = Impl::line(*change, resource, "", false)) lines.push_back(std::move(*line));
  }
  return lines;
}

void FakeKubeApi::intercept(std::function<std::optional<Fault>(const Call&)> interceptor) {
  const os::MutexLock lock(impl_->mutex);
  impl_->interceptor = std::move(interceptor);
}

void FakeKubeApi::fail(int nth, std::string verb, std::string resource, Fault fault) {
  const os::MutexLock lock(impl_->mutex);
  impl_->planned.push_back({nth, std::move(verb), std::move(resource), std::move(fault)});
}

void FakeKubeApi::compact() {
  const os::MutexLock lock(impl_->mutex);
  impl_->state.store.compact();
  impl_->state.snapshots.clear();
}

std::function<void()> FakeKubeApi::back_up() {
  const os::MutexLock lock(impl_->mutex);
  return [this, backup = impl_->state.store.back_up()] {
    const os::MutexLock inner(impl_->mutex);
    impl_->state.store.restore(*backup);
    impl_->state.snapshots.clear();
    ++impl_->end_rounds;
    impl_->changed.notify_all();
  };
}

void FakeKubeApi::set_streaming_lists(StreamingLists streaming) {
  const os::MutexLock lock(impl_->mutex);
  impl_->streaming = streaming;
}

void FakeKubeApi::send_bookmarks() {
  const os::MutexLock lock(impl_->mutex);
  ++impl_->bookmark_rounds;
  impl_->changed.notify_all();
}

void FakeKubeApi::end_watches() {
  const os::MutexLock lock(impl_->mutex);
  ++impl_->end_rounds;
  impl_->changed.notify_all();
}

int FakeKubeApi::watches() const {
  const os::MutexLock lock(impl_->mutex);
  return impl_->running_watches;
}

std::vector<FakeKubeApi::Call> FakeKubeApi::calls() const {
  const os::MutexLock lock(impl_->mutex);
  return impl_->log;
}

void FakeKubeApi::clear_calls() {
  const os::MutexLock lock(impl_->mutex);
  impl_->log.clear();
}

void FakeKubeApi::lack_status_field(const std::string& name) {
  const os::MutexLock lock(impl_->mutex);
  impl_->state.lacking = name;
}

void FakeKubeApi::record_calls(bool record) {
  const os::MutexLock lock(impl_->mutex);
  impl_->recording = record;
}

}  // namespace testing_support
