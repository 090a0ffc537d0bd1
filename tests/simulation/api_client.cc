#include "api_client.h"

#include <array>
#include <cstdlib>

#include "process.h"
#include "support/kube_object_store.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using Code = kube::Error::Code;
using testing_support::kube_error;

base::Err<kube::Error> lost(bool with_answer) {
  return with_answer ? base::Err(kube_error(Code::kServer, 500, "etcdserver: request timed out"))
                     : base::Err(kube_error(Code::kTransport, 0, "timeout"));
}

/// Of a read there is only the first.
base::Err<kube::Error> refused(unsigned which) {
  static const std::array<kube::Error, 3> errors{kube_error(Code::kServer, 500, "no leader"),
                                                 kube_error(Code::kConflict, 409, "the object has been modified"),
                                                 kube_error(Code::kNotFound, 404, "404 page not found")};
  return base::Err(errors.at(which % errors.size()));
}

}  // namespace

template <class Act>
kube::Result<json::Document> ApiClient::call(CallSite::Kind kind, const char* verb, const kube::Resource& resource,
                                             const kube::ObjectName& name, std::string_view subresource,
                                             const Act& act) {
  World& world = process_.world();
  if (resource.plural == resources::kInstances.plural) process_.reads_ledger(world.clock.boot_now());
  Fate fate = process_.at_call({process_.index(), kind, verb});
  if (process_.cancelled()) return base::Err(kube_error(Code::kCancelled, 0, "cancelled"));
  world.traffic.api(process_, verb);
  const auto tell = [&](const std::string& outcome) {
    world.story.tell([&] {
      std::string what = process_.name() + "   " + verb + " " + std::string(resource.plural) + "/" + name.to_string();
      if (!subresource.empty()) what += " " + std::string(subresource);
      return what + " → " + outcome;
    });
  };
  const base::Duration takes = fate.takes + world.setup.api_latency;
  if (takes >= deadline_of(kind) && fate.kind == Fate::Kind::kNormal) {
    fate.kind = (fate.refusal & 1U) != 0 ? Fate::Kind::kLostBefore : Fate::Kind::kLostAfter;
    fate.refusal = 0;
  }
  process_.wait(std::min(takes, deadline_of(kind)));
  if (process_.cancelled()) fate.kind = Fate::Kind::kLostBefore;
  if (fate.kind == Fate::Kind::kNormal) {
    if (auto error = world.troubles.about(resource, name, verb, subresource)) {
      tell("error: " + error->message);
      return base::Err(std::move(*error));
    }
  }
  const bool acts =
      fate.kind == Fate::Kind::kNormal || fate.kind == Fate::Kind::kLostAfter || fate.kind == Fate::Kind::kCrashAfter;
  if (!acts) {
    tell(to_string(fate.kind));
    if (fate.kind == Fate::Kind::kCrashBefore) throw Crash{};
    if (fate.kind == Fate::Kind::kRefused) return refused(fate.refusal);
    return lost((fate.refusal & 1U) != 0);
  }
  kube::Result<json::Document> result = act();
  if (fate.kind == Fate::Kind::kNormal) {
    tell(result.ok() ? "ok" : "error: " + result.error().message);
  } else {
    tell(to_string(fate.kind));
  }
  if (kind == CallSite::Kind::kWrite) world.written_by(process_);
  if (fate.kind == Fate::Kind::kCrashAfter) throw Crash{};
  if (fate.slow_answer) process_.await_answer();
  if (fate.kind == Fate::Kind::kLostAfter) return lost((fate.refusal & 1U) != 0);
  return result;
}

kube::Result<json::Document> ApiClient::get(const kube::Resource& resource, const kube::ObjectName& name,
                                            std::stop_token stop) {
  return call(CallSite::Kind::kRead, "get", resource, name, "",
              [&] { return process_.world().cluster.api().get(resource, name, std::move(stop)); });
}

kube::Result<json::Document> ApiClient::patch(const kube::Resource& resource, const kube::ObjectName& name,
                                              std::string body, const kube::PatchOptions& options,
                                              std::stop_token stop) {
  ++process_.world().writes;
  if (const std::string& pruned = process_.world().setup.pruned; !pruned.empty()) {
    auto object = testing_support::Json::parse(body);
    if (object.contains("status")) object["status"].erase(pruned);
    body = object.dump();
  }
  return call(CallSite::Kind::kWrite, options.type == kube::PatchOptions::Type::kApply ? "apply" : "patch", resource,
              name, options.subresource, [&] {
                return process_.world().cluster.api().patch(resource, name, std::move(body), options, std::move(stop));
              });
}

kube::Result<json::Document> ApiClient::list(const kube::Resource& /*resource*/, const kube::ListOptions& /*options*/,
                                             std::stop_token /*stop*/) {
  std::abort();
}

kube::Result<json::Document> ApiClient::create(const kube::Resource& /*resource*/, std::string_view /*ns*/,
                                               std::string /*body*/, std::stop_token /*stop*/) {
  std::abort();
}

kube::Result<json::Document> ApiClient::replace(const kube::Resource& /*resource*/, const kube::ObjectName& /*name*/,
                                                std::string /*body*/, std::stop_token /*stop*/) {
  std::abort();
}

kube::Result<void> ApiClient::watch(const kube::Resource& /*resource*/, const kube::WatchOptions& /*options*/,
                                    const kube::WatchSink& /*sink*/, std::stop_token /*stop*/) {
  std::abort();
}

}  // namespace simulation
