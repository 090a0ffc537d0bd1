#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/time.h"
#include "json/value.h"
#include "kube/error.h"
#include "meta/object_name.h"

namespace kube {

using meta::ObjectName;
using meta::Resource;

inline constexpr Resource kSecrets{"", "v1", "secrets"};
inline constexpr Resource kConfigMaps{"", "v1", "configmaps"};
inline constexpr Resource kNamespaces{"", "v1", "namespaces"};
inline constexpr Resource kLeases{"coordination.k8s.io", "v1", "leases"};
inline constexpr Resource kEvents{"events.k8s.io", "v1", "events"};

struct ListOptions {
  std::string ns;              ///< empty: all namespaces, or a cluster-scoped resource
  int limit = 500;             ///< page size
  std::string continue_token;  ///< from the previous page
  std::string resource_version;
  bool metadata_only = false;  ///< PartialObjectMetadataList;g=meta.k8s.io;v=v1
};

struct WatchOptions {
  std::string ns;
  std::string resource_version;  ///< empty with send_initial_events
  /// Streaming list: ADDED for all existing objects, then a BOOKMARK with k8s.io/initial-events-end.
  bool send_initial_events = false;
  bool metadata_only = false;
  /// The server ends the watch after this time, in whole seconds. If it does not, the call fails a few seconds later.
  base::Duration timeout = std::chrono::minutes(5);
};

/// Receives each line of a watch, a JSON object {"type":…,"object":…}. Return false to end the watch.
using WatchSink = std::function<bool(std::string_view line)>;

struct PatchOptions {
  enum class Type {
    kMerge,  ///< RFC 7386; put metadata.resourceVersion in the body for a compare-and-swap
    kApply,  ///< server-side apply; needs field_manager
  };
  Type type = Type::kMerge;
  std::string_view subresource;  ///< "status" or empty
  std::string_view field_manager = "iotda-operator";
  bool force = false;  ///< kApply only: take over fields from other managers
};

/// The Kubernetes API as the operator uses it. Every call blocks until the response, the stop token or its deadline;
/// thread-safe. Nothing is retried.
class Api {
 public:
  virtual ~Api() = default;
  virtual Result<json::Document> get(const Resource& resource, const ObjectName& name, std::stop_token stop) = 0;
  virtual Result<json::Document> list(const Resource& resource, const ListOptions& options, std::stop_token stop) = 0;
  virtual Result<json::Document> create(const Resource& resource, std::string_view ns, std::string body,
                                        std::stop_token stop) = 0;
  virtual Result<json::Document> replace(const Resource& resource, const ObjectName& name, std::string body,
                                         std::stop_token stop) = 0;
  virtual Result<json::Document> patch(const Resource& resource, const ObjectName& name, std::string body,
                                       const PatchOptions& options, std::stop_token stop) = 0;
  /// Returns when the server or the sink ends the watch, or with an error at HTTP level; ERROR events in the stream are
  /// passed to the sink.
  virtual Result<void> watch(const Resource& resource, const WatchOptions& options, const WatchSink& sink,
                             std::stop_token stop) = 0;
};

}  // namespace kube
