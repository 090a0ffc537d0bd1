#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/vocabulary.h"
#include "kube/resource_version.h"
#include "os/mutex.h"

// The cache of the objects in the cluster.
namespace controller {

/// What is known about a Secret that an object refers to. Never its content.
struct SecretRecord {
  enum class State { kUnseen, kAbsent, kPresent };
  State state = State::kUnseen;
  Uid uid;
  std::string resource_version;

  bool operator==(const SecretRecord&) const = default;
};

/// The objects of the cluster as last seen, by a watch or in the response to a request of the operator, whichever is
/// newer. Of Secrets it has only the versions, and only of those that an object refers to, so that memory does not grow
/// with the number of other Secrets. Thread-safe.
///
/// The response to a request that began after something was learned is newer than that, whatever the resourceVersions
/// are, because they go back if etcd is restored from a snapshot. The resourceVersions decide only if the two overlap
/// in time, as when a watch lags behind the response to a write.
class Store {
 public:
  /// A position in the order in which the store learns things.
  using Moment = std::uint64_t;

  /// Called for each instance for which something changed, without a lock held.
  using Enqueue = std::function<void(const std::string& instance)>;

  /// `operator_namespace`: of credentials whose reference has no namespace.
  Store(std::string operator_namespace, Enqueue enqueue);

  /// The current position. If taken before a request, the response is newer than everything learned before it.
  Moment moment() const;

  // News enqueues the instance that it concerns. `asked`: the moment before the request; for an event of a watch,
  // before the list from which the watch continues; 0 if it is not known.
  void watched(ServerCertificate object, Moment asked = 0);
  void watched(Instance object, Moment asked = 0);
  void watched_secret(const kube::ObjectName& name, const Uid& uid, const std::string& resource_version,
                      Moment asked = 0);
  /// Removes only the object with this uid, not a new one with the same name. An empty uid matches any.
  void deleted_certificate(const kube::ObjectName& name, const Uid& uid = {});
  void deleted_instance(const std::string& name, const Uid& uid = {});
  void deleted_secret(const kube::ObjectName& name, const Uid& uid = {});
  bool references_secret(const kube::ObjectName& name) const;
  /// Enqueues the instances that select namespaces by labels.
  void watched_namespace(const std::string& name, Labels labels);
  void deleted_namespace(const std::string& name);
  /// Whether any instance selects namespaces by labels.
  bool selects_namespaces() const;

  /// Names in the namespace; all if it is empty. To find what was deleted during a gap in a watch.
  std::set<kube::ObjectName> certificates_in(const std::string& ns) const;
  std::set<kube::ObjectName> instances() const;
  std::set<kube::ObjectName> present_secrets_in(const std::string& ns) const;
  std::set<kube::ObjectName> namespaces() const;

  // Responses to own writes and reads: taken if they are newer and the object still exists. Enqueues the instance only
  // if another client has changed the object meanwhile.
  void wrote(ServerCertificate object, Moment asked = 0);
  void wrote(Instance object, Moment asked = 0);
  /// No version: the Secret does not exist.
  void read_secret(const kube::ObjectName& name, const std::optional<SecretVersion>& version, Moment asked);

  struct Snapshot {
    std::shared_ptr<const Instance> instance;
    std::vector<std::shared_ptr<const ServerCertificate>> certificates;
    std::string duplicate_of;  ///< the instance with the same target that has precedence; empty if none
  };
  Snapshot snapshot(const std::string& instance) const;
  /// The snapshot, and what is known about the Secrets and namespaces of its objects, at the same moment.
  struct World : Snapshot {
    std::map<kube::ObjectName, SecretRecord> secrets;
    std::map<std::string, Labels> namespaces;  ///< only those that are known
  };
  World world(const std::string& instance) const;
  SecretRecord secret(const kube::ObjectName& name) const;
  /// The object that a reference in the spec of an instance names: without a namespace, one of the operator's.
  kube::ObjectName referenced(const kube::ObjectName& reference) const;

  std::vector<std::shared_ptr<const ServerCertificate>> all_certificates() const;
  std::vector<std::shared_ptr<const Instance>> all_instances() const;

 private:
  template <class Object>
  struct Known {
    std::shared_ptr<const Object> object;
    Moment learned = 0;
  };
  struct Reference {
    SecretRecord record;
    Moment learned = 0;
    std::map<std::string, int> instances;  ///< to enqueue, and how many of their objects refer to it
  };
  using Names = std::set<std::string>;

  Snapshot snapshot_of(const std::string& instance) const REQUIRES(mutex_);
  void refer(const kube::ObjectName& secret, const std::string& instance, int by) REQUIRES(mutex_);
  void refer(const ServerCertificate& object, int by) REQUIRES(mutex_);
  void refer(const Instance& object, int by) REQUIRES(mutex_);
  void index(const ServerCertificate& object, const ServerCertificate* old) REQUIRES(mutex_);
  void unindex(const ServerCertificate& object) REQUIRES(mutex_);
  Names with_same_target(const Instance& object) const REQUIRES(mutex_);
  void put(ServerCertificate object) REQUIRES(mutex_);
  void put(Instance object) REQUIRES(mutex_);
  Names selecting() const REQUIRES(mutex_);
  Names set_secret(Reference& reference, SecretRecord record) REQUIRES(mutex_);
  void wake(const Names& names);

  const std::string operator_namespace_;
  const Enqueue enqueue_;
  mutable os::Mutex mutex_;
  Moment now_ GUARDED_BY(mutex_) = 0;
  std::map<kube::ObjectName, Known<ServerCertificate>> certificates_ GUARDED_BY(mutex_);
  std::map<std::string, std::set<kube::ObjectName>> by_instance_ GUARDED_BY(mutex_);
  std::map<std::string, Known<Instance>> instances_ GUARDED_BY(mutex_);
  std::map<std::string, Names> by_target_ GUARDED_BY(mutex_);
  std::map<kube::ObjectName, Reference> secrets_ GUARDED_BY(mutex_);
  std::map<std::string, Labels> namespaces_ GUARDED_BY(mutex_);
};

/// The store as one round of a reconcile uses it: all responses that it takes are to requests that began after it was
/// created.
class StoreInStep {
 public:
  explicit StoreInStep(Store& store) : store_(store), began_(store.moment()) {}

  Store::Snapshot snapshot(const std::string& instance) const { return store_.snapshot(instance); }
  Store::Moment moment() const { return store_.moment(); }
  /// From a live read; also an object that the store does not have yet.
  template <class Object>
  void watched(Object object) {
    store_.watched(std::move(object), began_);
  }
  template <class Object>
  void wrote(Object object) {
    store_.wrote(std::move(object), began_);
  }
  void read_secret(const kube::ObjectName& name, const std::optional<SecretVersion>& version, Store::Moment asked) {
    store_.read_secret(name, version, asked);
  }
  void deleted_certificate(const kube::ObjectName& name, const Uid& uid) { store_.deleted_certificate(name, uid); }
  void deleted_instance(const std::string& name, const Uid& uid) { store_.deleted_instance(name, uid); }

 private:
  Store& store_;
  const Store::Moment began_;
};

/// Equal for two IoTDAInstances with the same platform instance.
std::string target_key(const Instance& instance);

}  // namespace controller
