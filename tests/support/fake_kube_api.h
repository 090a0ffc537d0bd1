#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "kube/api.h"
#include "os/clock.h"
#include "support/served_resource.h"

namespace testing_support {

/// An API server in memory: what the operator does with it has the effects and the errors that it has on a real one.
/// Resource versions come from one counter, uids from another, times from the clock, so the same calls give the same
/// answers. Secrets, Namespaces, Leases and Events are served from the start. Thread-safe.
///
/// Left out: schema validation, admission, whether a namespace exists, conflicts between field managers, and lists
/// under server-side apply are atomic.
class FakeKubeApi final : public kube::Api {
 public:
  explicit FakeKubeApi(os::Clock& clock);
  ~FakeKubeApi() override;
  FakeKubeApi(const FakeKubeApi&) = delete;
  FakeKubeApi& operator=(const FakeKubeApi&) = delete;

  // What the operator calls.
  kube::Result<json::Document> get(const kube::Resource& resource, const kube::ObjectName& name,
                                   std::stop_token stop) override;
  kube::Result<json::Document> list(const kube::Resource& resource, const kube::ListOptions& options,
                                    std::stop_token stop) override;
  kube::Result<json::Document> create(const kube::Resource& resource, std::string_view ns, std::string body,
                                      std::stop_token stop) override;
  kube::Result<json::Document> replace(const kube::Resource& resource, const kube::ObjectName& name, std::string body,
                                       std::stop_token stop) override;
  kube::Result<json::Document> patch(const kube::Resource& resource, const kube::ObjectName& name, std::string body,
                                     const kube::PatchOptions& options, std::stop_token stop) override;
  kube::Result<void> watch(const kube::Resource& resource, const kube::WatchOptions& options,
                           const kube::WatchSink& sink, std::stop_token stop) override;

  // What other people do to the cluster: neither logged nor subject to faults. What cannot be done aborts the test.

  void serve(const ServedResource& type);
  /// The type and all its objects are gone; its watches end.
  void stop_serving(const kube::Resource& resource);
  /// `kubectl replace --force`-like: creates the object of this manifest (JSON), or replaces all of it but its status.
  void put(const std::string& manifest);
  /// A merge patch.
  void edit(const kube::Resource& resource, const kube::ObjectName& name, const std::string& merge_patch,
            std::string_view subresource = "");
  /// `kubectl delete`: waits for the finalizers, if there are any.
  void remove(const kube::Resource& resource, const kube::ObjectName& name);
  /// The object as JSON; none if there is none.
  std::optional<std::string> object(const kube::Resource& resource, const kube::ObjectName& name) const;
  std::vector<kube::ObjectName> names(const kube::Resource& resource) const;
  /// The resourceVersion of the newest change.
  std::uint64_t version() const;
  /// What a watch from that version on would have sent by now.
  std::vector<std::string> changes_after(const kube::Resource& resource, std::uint64_t version) const;

  // What can be the matter with an API server.

  /// Puts the storage back to what it is now, as a restore of etcd from a snapshot does: resource versions go back too,
  /// and each running watch ends.
  std::function<void()> back_up();

  /// What is told of a call before it is acted on.
  struct Call {
    std::string verb;  ///< get, list, create, replace, patch, apply, watch
    std::string resource;
    kube::ObjectName name;  ///< of a create: the namespace; of a list or watch: the namespace or nothing
    std::string subresource;
    std::string body;

    bool writes() const { return verb != "get" && verb != "list" && verb != "watch"; }
  };
  struct Fault {
    kube::Error error;
    bool after_effect = false;  ///< the call is acted on, and only its answer is lost
  };
  /// Asked at each call; may itself use this object, to be quicker than the caller.
  void intercept(std::function<std::optional<Fault>(const Call&)> interceptor);
  /// The nth call from now on (1: the next) of that verb on that resource ("" for any) fails.
  void fail(int nth, std::string verb, std::string resource, Fault fault);

  /// All changes so far are forgotten: who watches from one of them, or is between two pages, gets 410.
  void compact();
  enum class StreamingLists {
    kWork,
    kUnknown,     ///< 422: the feature is off
    kNoProgress,  ///< an ERROR event: the storage is too old
  };
  void set_streaming_lists(StreamingLists streaming);
  /// Each running watch gets a bookmark.
  void send_bookmarks();
  /// Each running watch ends, as by its timeout.
  void end_watches();
  int watches() const;  ///< number of running ones

  /// The definitions are older than the program: they lack this field of a status. What is written of it is left out,
  /// as the API server prunes it; none for an empty name.
  void lack_status_field(const std::string& name);

  /// All calls so far, in order.
  std::vector<Call> calls() const;
  void clear_calls();
  /// Calls are kept for calls() (the default), or not.
  void record_calls(bool record);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// An Error of that kind, for faults.
kube::Error kube_error(kube::Error::Code code, int status, std::string message = "injected");

}  // namespace testing_support
