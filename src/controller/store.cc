#include "controller/store.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "http/url.h"

namespace controller {
namespace {

bool has_slots(const Instance& i) {
  return i.status.slots && !i.status.slots->empty();
}

/// Whether this replaces what is known.
template <class Known>
bool is_news(const meta::Metadata& meta, const Known& known, Store::Moment asked) {
  const meta::Metadata& before = known.object->meta;
  if (known.learned <= asked) return meta.uid != before.uid || meta.resource_version != before.resource_version;
  return kube::newer(meta.resource_version, before.resource_version);
}

/// Likewise, for a response. If nothing was learned since the request began, it is always taken: after a restore of the
/// API server's storage, other content can have a version that was seen before. Otherwise only if it is newer and about
/// the same object.
template <class Known>
bool is_answer_about(const meta::Metadata& meta, const Known& known, Store::Moment asked) {
  const meta::Metadata& before = known.object->meta;
  return known.learned <= asked ||
         (meta.uid == before.uid && kube::newer(meta.resource_version, before.resource_version));
}

/// A user has changed the object, other than its status.
bool wishes_something_else(const ServerCertificate& before, const ServerCertificate& now) {
  return before.meta.uid != now.meta.uid || before.meta.generation != now.meta.generation ||
         before.meta.deleting != now.meta.deleting || before.reconcile_token != now.reconcile_token;
}

}  // namespace

std::string target_key(const Instance& instance) {
  const auto origin = http::parse_origin(instance.endpoint);
  const std::string endpoint = origin ? base::to_lower(origin->to_string()) : instance.endpoint;
  return endpoint + " " + instance.project() + " " + instance.instance_id;
}

Store::Store(std::string operator_namespace, Enqueue enqueue)
    : operator_namespace_(std::move(operator_namespace)), enqueue_(std::move(enqueue)) {}

Store::Moment Store::moment() const {
  const os::MutexLock lock(mutex_);
  return now_;
}

void Store::watched(ServerCertificate object, Moment asked) {
  Names names{object.instance};
  {
    const os::MutexLock lock(mutex_);
    if (const auto old = certificates_.find(object.meta.name); old != certificates_.end()) {
      // Also if the uid differs: a watch that lags can show an earlier object with the same name.
      if (!is_news(object.meta, old->second, asked)) return;
      names.insert(old->second.object->instance);
    }
    put(std::move(object));
  }
  wake(names);
}

void Store::watched(Instance object, Moment asked) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto old = instances_.find(object.name());
    if (old != instances_.end() && !is_news(object.meta, old->second, asked)) return;
    const std::string name = object.name();
    put(std::move(object));
    names = with_same_target(*instances_.at(name).object);
  }
  wake(names);
}

void Store::watched_secret(const kube::ObjectName& name, const Uid& uid, const std::string& resource_version,
                           Moment asked) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto it = secrets_.find(name);
    if (it == secrets_.end()) return;
    const SecretRecord& known = it->second.record;
    const bool lags = it->second.learned > asked && known.state == SecretRecord::State::kPresent &&
                      !kube::newer(resource_version, known.resource_version);
    if (lags) return;
    names = set_secret(it->second, {SecretRecord::State::kPresent, uid, resource_version});
  }
  wake(names);
}

void Store::deleted_secret(const kube::ObjectName& name, const Uid& uid) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto it = secrets_.find(name);
    if (it == secrets_.end()) return;
    const SecretRecord& known = it->second.record;
    if (!uid.empty() && known.state == SecretRecord::State::kPresent && known.uid != uid) return;
    names = set_secret(it->second, {SecretRecord::State::kAbsent, {}, {}});
  }
  wake(names);
}

void Store::deleted_certificate(const kube::ObjectName& name, const Uid& uid) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto it = certificates_.find(name);
    if (it == certificates_.end() || (!uid.empty() && it->second.object->meta.uid != uid)) return;
    ++now_;
    names.insert(it->second.object->instance);
    unindex(*it->second.object);
    certificates_.erase(it);
  }
  wake(names);
}

void Store::deleted_instance(const std::string& name, const Uid& uid) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto it = instances_.find(name);
    if (it == instances_.end() || (!uid.empty() && it->second.object->meta.uid != uid)) return;
    ++now_;
    const Instance& object = *it->second.object;
    names = with_same_target(object);
    names.insert(name);
    refer(object, -1);
    const auto target = by_target_.find(target_key(object));
    target->second.erase(name);
    if (target->second.empty()) by_target_.erase(target);
    instances_.erase(it);
  }
  wake(names);
}

bool Store::references_secret(const kube::ObjectName& name) const {
  const os::MutexLock lock(mutex_);
  return secrets_.contains(name);
}

void Store::watched_namespace(const std::string& name, Labels labels) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    Labels& known = namespaces_[name];
    if (known == labels) return;
    known = std::move(labels);
    names = selecting();
  }
  wake(names);
}

void Store::deleted_namespace(const std::string& name) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    if (namespaces_.erase(name) == 0) return;
    names = selecting();
  }
  wake(names);
}

bool Store::selects_namespaces() const {
  const os::MutexLock lock(mutex_);
  return !selecting().empty();
}

std::set<kube::ObjectName> Store::namespaces() const {
  const os::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, labels] : namespaces_) names.insert({"", name});
  return names;
}

Store::Names Store::selecting() const {
  Names names;
  for (const auto& [name, known] : instances_) {
    if (known.object->allowed.from == resources::AllowedNamespaces::From::kSelector) names.insert(name);
  }
  return names;
}

std::set<kube::ObjectName> Store::certificates_in(const std::string& ns) const {
  const os::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, known] : certificates_) {
    if (ns.empty() || name.ns == ns) names.insert(name);
  }
  return names;
}

std::set<kube::ObjectName> Store::instances() const {
  const os::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, known] : instances_) names.insert({"", name});
  return names;
}

std::set<kube::ObjectName> Store::present_secrets_in(const std::string& ns) const {
  const os::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, reference] : secrets_) {
    if ((ns.empty() || name.ns == ns) && reference.record.state == SecretRecord::State::kPresent) names.insert(name);
  }
  return names;
}

void Store::wrote(ServerCertificate object, Moment asked) {
  Names names;
  {
    const os::MutexLock lock(mutex_);
    const auto old = certificates_.find(object.meta.name);
    if (old == certificates_.end() || !is_answer_about(object.meta, old->second, asked)) return;
    // The response includes changes by others, and the watch will not report them as new any more.
    if (wishes_something_else(*old->second.object, object)) names = {old->second.object->instance, object.instance};
    put(std::move(object));
  }
  wake(names);
}

void Store::wrote(Instance object, Moment asked) {
  const os::MutexLock lock(mutex_);
  const auto old = instances_.find(object.name());
  if (old != instances_.end() && is_answer_about(object.meta, old->second, asked)) put(std::move(object));
}

void Store::read_secret(const kube::ObjectName& name, const std::optional<SecretVersion>& version, Moment asked) {
  const os::MutexLock lock(mutex_);
  const auto it = secrets_.find(name);
  if (it == secrets_.end()) return;
  const SecretRecord& known = it->second.record;
  // What was learned during the read is kept, including a deletion, unless it is certainly older.
  const bool overtaken =
      it->second.learned > asked && !(version && known.state == SecretRecord::State::kPresent &&
                                      kube::newer(version->resource_version, known.resource_version));
  if (overtaken) return;
  (void)set_secret(it->second,
                   version ? SecretRecord{SecretRecord::State::kPresent, version->uid, version->resource_version}
                           : SecretRecord{SecretRecord::State::kAbsent, {}, {}});
}

Store::Snapshot Store::snapshot(const std::string& instance) const {
  const os::MutexLock lock(mutex_);
  return snapshot_of(instance);
}

Store::World Store::world(const std::string& instance) const {
  const os::MutexLock lock(mutex_);
  World world{snapshot_of(instance), {}, {}};
  for (const auto& object : world.certificates) {
    const std::string& ns = object->meta.name.ns;
    if (const auto it = namespaces_.find(ns); it != namespaces_.end()) world.namespaces.insert(*it);
    for (const std::string& secret : {object->secret, object->password_secret}) {
      const auto it = secrets_.find({ns, secret});
      if (it != secrets_.end()) world.secrets[it->first] = it->second.record;
    }
  }
  return world;
}

Store::Snapshot Store::snapshot_of(const std::string& instance) const {
  Snapshot s;
  if (const auto it = by_instance_.find(instance); it != by_instance_.end()) {
    s.certificates.reserve(it->second.size());
    for (const kube::ObjectName& name : it->second) s.certificates.push_back(certificates_.at(name).object);
  }
  const auto self = instances_.find(instance);
  if (self == instances_.end()) return s;
  s.instance = self->second.object;
  // The one that has slots comes first, then the older one, then by name.
  const auto precedence = [](const Instance& i) { return std::make_tuple(!has_slots(i), i.meta.created, i.name()); };
  const Instance* first = self->second.object.get();
  for (const std::string& name : by_target_.at(target_key(*s.instance))) {
    const Instance* other = instances_.at(name).object.get();
    if (precedence(*other) < precedence(*first)) first = other;
  }
  if (first != self->second.object.get()) s.duplicate_of = first->name();
  return s;
}

SecretRecord Store::secret(const kube::ObjectName& name) const {
  const os::MutexLock lock(mutex_);
  const auto it = secrets_.find(name);
  return it == secrets_.end() ? SecretRecord{} : it->second.record;
}

kube::ObjectName Store::referenced(const kube::ObjectName& reference) const {
  return {reference.ns.empty() ? operator_namespace_ : reference.ns, reference.name};
}

std::vector<std::shared_ptr<const ServerCertificate>> Store::all_certificates() const {
  const os::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const ServerCertificate>> all;
  all.reserve(certificates_.size());
  for (const auto& [name, known] : certificates_) all.push_back(known.object);
  return all;
}

std::vector<std::shared_ptr<const Instance>> Store::all_instances() const {
  const os::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const Instance>> all;
  all.reserve(instances_.size());
  for (const auto& [name, known] : instances_) all.push_back(known.object);
  return all;
}

void Store::refer(const kube::ObjectName& secret, const std::string& instance, int by) {
  Reference& reference = secrets_[secret];
  if ((reference.instances[instance] += by) <= 0) reference.instances.erase(instance);
  if (reference.instances.empty()) secrets_.erase(secret);
}

void Store::refer(const ServerCertificate& object, int by) {
  refer({object.meta.name.ns, object.secret}, object.instance, by);
  if (!object.password_secret.empty()) refer({object.meta.name.ns, object.password_secret}, object.instance, by);
}

void Store::refer(const Instance& object, int by) {
  for (const kube::ObjectName& secret : object.secrets()) refer(referenced(secret), object.name(), by);
}

/// Adds the new references before it removes the old ones, to keep what is known about a Secret that is in both.
void Store::index(const ServerCertificate& object, const ServerCertificate* old) {
  refer(object, 1);
  if (old != nullptr) unindex(*old);
  by_instance_[object.instance].insert(object.meta.name);
}

void Store::unindex(const ServerCertificate& object) {
  const auto it = by_instance_.find(object.instance);
  it->second.erase(object.meta.name);
  if (it->second.empty()) by_instance_.erase(it);
  refer(object, -1);
}

Store::Names Store::with_same_target(const Instance& object) const {
  Names names{object.name()};
  if (const auto it = by_target_.find(target_key(object)); it != by_target_.end()) {
    names.insert(it->second.begin(), it->second.end());
  }
  return names;
}

void Store::put(ServerCertificate object) {
  Known<ServerCertificate>& known = certificates_[object.meta.name];
  index(object, known.object.get());
  known = {std::make_shared<const ServerCertificate>(std::move(object)), ++now_};
}

void Store::put(Instance object) {
  Known<Instance>& known = instances_[object.name()];
  refer(object, 1);
  if (known.object) {
    refer(*known.object, -1);
    by_target_[target_key(*known.object)].erase(object.name());
  }
  by_target_[target_key(object)].insert(object.name());
  known = {std::make_shared<const Instance>(std::move(object)), ++now_};
}

/// Returns the instances to enqueue: none if the record is unchanged.
Store::Names Store::set_secret(Reference& reference, SecretRecord record) {
  reference.learned = ++now_;
  Names names;
  if (reference.record == record) return names;
  reference.record = std::move(record);
  for (const auto& [instance, count] : reference.instances) names.insert(instance);
  return names;
}

void Store::wake(const Names& names) {
  for (const std::string& name : names) enqueue_(name);
}

}  // namespace controller
