#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/api.h"
#include "kube/error.h"
#include "os/clock.h"
#include "support/served_resource.h"

namespace testing_support {

using Json = nlohmann::json;
/// Objects never change; a change makes a new one.
using Object = std::shared_ptr<const Json>;

/// The objects of an API server and the rules by which they change. Single-threaded, deterministic.
class KubeObjectStore {
 public:
  struct Change {
    std::uint64_t version = 0;
    std::string type;  ///< ADDED, MODIFIED, DELETED
    std::string resource;
    Object object;
  };

  explicit KubeObjectStore(os::Clock& clock) : clock_(clock) {}

  void serve(const ServedResource& type);
  void stop_serving(const kube::Resource& resource);
  /// None for a type that is not served.
  const ServedResource* type(const kube::Resource& resource) const;
  const ServedResource* type(std::string_view api_version, std::string_view kind) const;

  kube::Result<Object> get(const kube::Resource& resource, const kube::ObjectName& name) const;
  /// All of a type in one namespace, or everywhere for "", by name.
  std::vector<Object> all(const kube::Resource& resource, const std::string& ns) const;
  kube::Result<Object> create(const kube::Resource& resource, const std::string& ns, Json object);
  kube::Result<Object> replace(const kube::Resource& resource, const kube::ObjectName& name, Json object,
                               std::string_view subresource = "");
  kube::Result<Object> merge_patch(const kube::Resource& resource, const kube::ObjectName& name, const Json& patch,
                                   std::string_view subresource);
  kube::Result<Object> apply(const kube::Resource& resource, const kube::ObjectName& name, const Json& wanted,
                             std::string_view subresource, std::string_view manager);
  kube::Result<Object> remove(const kube::Resource& resource, const kube::ObjectName& name);

  std::uint64_t version() const { return version_; }
  /// Oldest first; those up to compacted() are forgotten.
  const std::deque<Change>& changes() const { return changes_; }
  std::uint64_t compacted() const { return compacted_; }
  void compact();

  /// As much of the state as a backup of the storage has.
  struct Backup;
  std::shared_ptr<const Backup> back_up() const;
  /// All objects and the version are as they were then; who watches has to list again. Uids are not given twice.
  void restore(const Backup& backup);

  static kube::Error not_served();

 private:
  using Objects = std::map<kube::ObjectName, Object>;
  struct Served {
    ServedResource type;
    Json defaults;
    Objects objects;
  };

  friend struct Backup;

  Served* served(const kube::Resource& resource);
  const Served* served(const kube::Resource& resource) const;
  kube::Result<Object> update(Served& served, const Object& before, Json after, std::string_view subresource);
  Object commit(Served& served, std::string_view change, Json object);

  os::Clock& clock_;
  std::map<std::string, Served> types_;
  std::map<std::string, Json> applied_;  // uid/manager/subresource → what was applied last
  std::deque<Change> changes_;
  std::uint64_t version_ = 0;
  std::uint64_t compacted_ = 0;
  std::uint64_t uids_ = 0;
};

/// Group and plural, as in error messages: "leases.coordination.k8s.io".
std::string full_name(const kube::Resource& resource);
kube::ObjectName name_of(const Json& object);

}  // namespace testing_support
