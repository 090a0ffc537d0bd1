#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "operator/instance.h"
#include "operator/server_certificate.h"

namespace controller {

/// What is known of a Secret that some object names. Its content is never here.
struct SecretRecord {
  enum class State { kUnseen, kAbsent, kPresent };
  State state = State::kUnseen;
  std::string uid;
  std::string resource_version;

  bool operator==(const SecretRecord&) const = default;
};

/// The objects of the cluster as last seen, by a watch or in the answer to a write of our own, whichever is newer.
/// Of Secrets only the versions of those that some object names: memory does not grow with other people's Secrets.
/// Thread-safe.
class Store {
 public:
  /// Told the name of each instance whose world changed. Called without a lock held.
  using Enqueue = std::function<void(const std::string& instance)>;

  /// `operator_namespace` is where credentials are that say no namespace.
  Store(std::string operator_namespace, Enqueue enqueue);

  // From the watches: what is new wakes up the instance it concerns.
  void watched(ServerCertificate object);
  void watched(Instance object);
  void watched_secret(const kube::ObjectName& name, const std::string& uid, const std::string& resource_version);
  /// Only the object with this uid goes, not one of its name that was made anew; an empty uid is any.
  void deleted_certificate(const kube::ObjectName& name, const std::string& uid = {});
  void deleted_instance(const std::string& name, const std::string& uid = {});
  void deleted_secret(const kube::ObjectName& name);
  bool references_secret(const kube::ObjectName& name) const;

  /// Names in the namespace, or all for an empty one; for finding out what vanished during a gap in a watch.
  std::set<kube::ObjectName> certificates_in(const std::string& ns) const;
  std::set<kube::ObjectName> instances() const;
  std::set<kube::ObjectName> present_secrets_in(const std::string& ns) const;

  // From our own writes and reads: taken if newer and if the object is still there; wakes up nobody.
  void wrote(ServerCertificate object);
  void wrote(Instance object);
  /// `before` is what secret() said before the read: what a watch has brought since then is not overwritten by what may
  /// be older.
  void read_secret(const kube::ObjectName& name, const SecretRecord& before,
                   const std::optional<SecretVersion>& version);

  struct Snapshot {
    std::shared_ptr<const Instance> instance;
    std::vector<std::shared_ptr<const ServerCertificate>> certificates;
    std::string duplicate_of;  ///< the instance that has precedence for the same target; or empty
  };
  Snapshot snapshot(const std::string& instance) const;
  SecretRecord secret(const kube::ObjectName& name) const;
  kube::ObjectName credentials_of(const Instance& instance) const;

  std::vector<std::shared_ptr<const ServerCertificate>> all_certificates() const;
  std::vector<std::shared_ptr<const Instance>> all_instances() const;

 private:
  struct Reference {
    SecretRecord record;
    std::map<std::string, int> instances;  ///< who is woken up, and how many objects of theirs name the Secret
  };
  using Names = std::set<std::string>;

  void refer(const kube::ObjectName& secret, const std::string& instance, int by) REQUIRES(mutex_);
  void refer(const ServerCertificate& object, int by) REQUIRES(mutex_);
  void index(const ServerCertificate& object, const ServerCertificate* old) REQUIRES(mutex_);
  void unindex(const ServerCertificate& object) REQUIRES(mutex_);
  Names with_same_target(const Instance& object) const REQUIRES(mutex_);
  Names set_secret(const kube::ObjectName& name, SecretRecord record) REQUIRES(mutex_);
  void wake(const Names& names);

  const std::string operator_namespace_;
  const Enqueue enqueue_;
  mutable base::Mutex mutex_;
  std::map<kube::ObjectName, std::shared_ptr<const ServerCertificate>> certificates_ GUARDED_BY(mutex_);
  std::map<std::string, std::set<kube::ObjectName>> by_instance_ GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const Instance>> instances_ GUARDED_BY(mutex_);
  std::map<std::string, Names> by_target_ GUARDED_BY(mutex_);
  std::map<kube::ObjectName, Reference> secrets_ GUARDED_BY(mutex_);
};

/// True if resourceVersion `a` is from after `b`. They are compared as the numbers that they are in every API server
/// with etcd; what is no number counts as new.
bool newer(const std::string& a, const std::string& b);

/// What two IoTDAInstances for the same platform instance have in common.
std::string target_key(const Instance& instance);

}  // namespace controller
