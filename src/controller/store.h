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

namespace controller {

/// What is known of a Secret that some object names. Its content is never here.
struct SecretRecord {
  enum class State { kUnseen, kAbsent, kPresent };
  State state = State::kUnseen;
  std::string uid;
  std::string resource_version;

  bool operator==(const SecretRecord&) const = default;
};

/// The objects of the cluster as last seen, by a watch or in the answer to a call of our own, whichever is newer.
/// Of Secrets only the versions of those that some object names: memory does not grow with other people's Secrets.
/// Thread-safe.
///
/// What is newer: an answer that was asked for after something else was learned is newer than that, whatever the
/// resourceVersions say, because they go back when etcd is restored from a snapshot. Only between what overlaps in time
/// (a watch may lag behind the answer to a write of our own) the resourceVersions decide.
class Store {
 public:
  /// A point in the order in which the Store learns things.
  using Moment = std::uint64_t;

  /// Told the name of each instance whose world changed. Called without a lock held.
  using Enqueue = std::function<void(const std::string& instance)>;

  /// `operator_namespace` is where credentials are that say no namespace.
  Store(std::string operator_namespace, Enqueue enqueue);

  /// Now. Taken before a call is made, it says what the answer is certainly newer than.
  Moment moment() const;

  // What is new wakes up the instance it concerns. `asked` is the moment before the request: for what a watch brings,
  // of the list that the watch goes on from. 0 where that is not known.
  void watched(ServerCertificate object, Moment asked = 0);
  void watched(Instance object, Moment asked = 0);
  void watched_secret(const kube::ObjectName& name, const std::string& uid, const std::string& resource_version,
                      Moment asked = 0);
  /// Only the object with this uid goes, not one of its name that was made anew; an empty uid is any.
  void deleted_certificate(const kube::ObjectName& name, const std::string& uid = {});
  void deleted_instance(const std::string& name, const std::string& uid = {});
  void deleted_secret(const kube::ObjectName& name, const std::string& uid = {});
  bool references_secret(const kube::ObjectName& name) const;
  /// Wakes up the instances that select namespaces by their labels.
  void watched_namespace(const std::string& name, Labels labels);
  void deleted_namespace(const std::string& name);
  /// Some instance does so.
  bool selects_namespaces() const;

  /// Names in the namespace, or all for an empty one; for finding out what vanished during a gap in a watch.
  std::set<kube::ObjectName> certificates_in(const std::string& ns) const;
  std::set<kube::ObjectName> instances() const;
  std::set<kube::ObjectName> present_secrets_in(const std::string& ns) const;
  std::set<kube::ObjectName> namespaces() const;

  // From our own writes and reads: taken if newer and if the object is still there. Wakes up the instance only for what
  // others have changed meanwhile.
  void wrote(ServerCertificate object, Moment asked = 0);
  void wrote(Instance object, Moment asked = 0);
  /// No version: there is no such Secret.
  void read_secret(const kube::ObjectName& name, const std::optional<SecretVersion>& version, Moment asked);

  struct Snapshot {
    std::shared_ptr<const Instance> instance;
    std::vector<std::shared_ptr<const ServerCertificate>> certificates;
    std::string duplicate_of;  ///< the instance that has precedence for the same target; or empty
  };
  Snapshot snapshot(const std::string& instance) const;
  /// The snapshot, and what is known of the Secrets and namespaces of its objects, at the same moment.
  struct World : Snapshot {
    std::map<kube::ObjectName, SecretRecord> secrets;
    std::map<std::string, Labels> namespaces;  ///< those that are not known are not in it
  };
  World world(const std::string& instance) const;
  SecretRecord secret(const kube::ObjectName& name) const;
  kube::ObjectName credentials_of(const Instance& instance) const;

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
    std::map<std::string, int> instances;  ///< who is woken up, and how many objects of theirs name the Secret
  };
  using Names = std::set<std::string>;

  Snapshot snapshot_of(const std::string& instance) const REQUIRES(mutex_);
  void refer(const kube::ObjectName& secret, const std::string& instance, int by) REQUIRES(mutex_);
  void refer(const ServerCertificate& object, int by) REQUIRES(mutex_);
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

/// The Store as one step of a reconcile uses it: all that it puts in was asked for after it was made.
class StoreInStep {
 public:
  explicit StoreInStep(Store& store) : store_(store), began_(store.moment()) {}

  Store::Snapshot snapshot(const std::string& instance) const { return store_.snapshot(instance); }
  Store::Moment moment() const { return store_.moment(); }
  /// A live read: also of what the store does not have yet.
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
  void deleted_certificate(const kube::ObjectName& name, const std::string& uid) {
    store_.deleted_certificate(name, uid);
  }
  void deleted_instance(const std::string& name, const std::string& uid) { store_.deleted_instance(name, uid); }

 private:
  Store& store_;
  const Store::Moment began_;
};

/// What two IoTDAInstances for the same platform instance have in common.
std::string target_key(const Instance& instance);

}  // namespace controller
