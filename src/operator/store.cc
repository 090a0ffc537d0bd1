#include "operator/store.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "http/url.h"

namespace controller {
namespace {

bool is_number(const std::string& s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string::npos;
}

bool has_slots(const Instance& i) {
  return i.status.slots && !i.status.slots->empty();
}

}  // namespace

bool newer(const std::string& a, const std::string& b) {
  if (!is_number(a) || !is_number(b)) return a != b;
  return std::make_tuple(a.size(), std::string_view(a)) > std::make_tuple(b.size(), std::string_view(b));
}

std::string target_key(const Instance& instance) {
  const auto origin = http::parse_origin(instance.endpoint);
  const std::string endpoint = origin ? base::to_lower(origin->to_string()) : instance.endpoint;
  return endpoint + " " + instance.project_id + " " + instance.instance_id;
}

Store::Store(std::string operator_namespace, Enqueue enqueue)
    : operator_namespace_(std::move(operator_namespace)), enqueue_(std::move(enqueue)) {}

void Store::watched(ServerCertificate object) {
  Names names{object.instance};
  {
    const base::MutexLock lock(mutex_);
    const auto old = certificates_.find(object.meta.name);
    // Of another uid, too: a watch that lags may show what was there before.
    if (old != certificates_.end() && !newer(object.meta.resource_version, old->second->meta.resource_version)) return;
    if (old != certificates_.end()) names.insert(old->second->instance);
    index(object, old == certificates_.end() ? nullptr : old->second.get());
    const auto entry = std::make_shared<const ServerCertificate>(std::move(object));
    certificates_.insert_or_assign(entry->meta.name, entry);
  }
  wake(names);
}

void Store::watched(Instance object) {
  Names names;
  {
    const base::MutexLock lock(mutex_);
    const auto old = instances_.find(object.name());
    if (old != instances_.end() && !newer(object.meta.resource_version, old->second->meta.resource_version)) return;
    refer(credentials_of(object), object.name(), 1);
    if (old != instances_.end()) {
      refer(credentials_of(*old->second), object.name(), -1);
      by_target_[target_key(*old->second)].erase(object.name());
    }
    by_target_[target_key(object)].insert(object.name());
    names = with_same_target(object);
    const auto entry = std::make_shared<const Instance>(std::move(object));
    instances_.insert_or_assign(entry->name(), entry);
  }
  wake(names);
}

void Store::watched_secret(const kube::ObjectName& name, const std::string& uid, const std::string& resource_version) {
  Names names;
  {
    const base::MutexLock lock(mutex_);
    names = set_secret(name, {SecretRecord::State::kPresent, uid, resource_version});
  }
  wake(names);
}

void Store::deleted_secret(const kube::ObjectName& name) {
  Names names;
  {
    const base::MutexLock lock(mutex_);
    names = set_secret(name, {SecretRecord::State::kAbsent, {}, {}});
  }
  wake(names);
}

void Store::deleted_certificate(const kube::ObjectName& name, const std::string& uid) {
  Names names;
  {
    const base::MutexLock lock(mutex_);
    const auto it = certificates_.find(name);
    if (it == certificates_.end() || (!uid.empty() && it->second->meta.uid != uid)) return;
    names.insert(it->second->instance);
    unindex(*it->second);
    certificates_.erase(it);
  }
  wake(names);
}

void Store::deleted_instance(const std::string& name, const std::string& uid) {
  Names names;
  {
    const base::MutexLock lock(mutex_);
    const auto it = instances_.find(name);
    if (it == instances_.end() || (!uid.empty() && it->second->meta.uid != uid)) return;
    names = with_same_target(*it->second);
    names.insert(name);
    refer(credentials_of(*it->second), name, -1);
    const auto target = by_target_.find(target_key(*it->second));
    target->second.erase(name);
    if (target->second.empty()) by_target_.erase(target);
    instances_.erase(it);
  }
  wake(names);
}

bool Store::references_secret(const kube::ObjectName& name) const {
  const base::MutexLock lock(mutex_);
  return secrets_.contains(name);
}

std::set<kube::ObjectName> Store::certificates_in(const std::string& ns) const {
  const base::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, object] : certificates_) {
    if (ns.empty() || name.ns == ns) names.insert(name);
  }
  return names;
}

std::set<kube::ObjectName> Store::instances() const {
  const base::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, object] : instances_) names.insert({"", name});
  return names;
}

std::set<kube::ObjectName> Store::present_secrets_in(const std::string& ns) const {
  const base::MutexLock lock(mutex_);
  std::set<kube::ObjectName> names;
  for (const auto& [name, reference] : secrets_) {
    if ((ns.empty() || name.ns == ns) && reference.record.state == SecretRecord::State::kPresent) names.insert(name);
  }
  return names;
}

void Store::wrote(ServerCertificate object) {
  const base::MutexLock lock(mutex_);
  const auto old = certificates_.find(object.meta.name);
  if (old == certificates_.end() || old->second->meta.uid != object.meta.uid ||
      !newer(object.meta.resource_version, old->second->meta.resource_version)) {
    return;
  }
  index(object, old->second.get());
  old->second = std::make_shared<const ServerCertificate>(std::move(object));
}

void Store::wrote(Instance object) {
  const base::MutexLock lock(mutex_);
  const auto old = instances_.find(object.name());
  if (old == instances_.end() || old->second->meta.uid != object.meta.uid ||
      !newer(object.meta.resource_version, old->second->meta.resource_version)) {
    return;
  }
  // Endpoint, project and instance id are immutable; the Secret with the credentials is not.
  refer(credentials_of(object), object.name(), 1);
  refer(credentials_of(*old->second), object.name(), -1);
  old->second = std::make_shared<const Instance>(std::move(object));
}

void Store::read_secret(const kube::ObjectName& name, const SecretRecord& before,
                        const std::optional<SecretVersion>& version) {
  const base::MutexLock lock(mutex_);
  const auto it = secrets_.find(name);
  if (it == secrets_.end()) return;
  SecretRecord& record = it->second.record;
  const bool overtaken = record != before && !(version && newer(version->resource_version, record.resource_version));
  if (overtaken) return;
  record = version ? SecretRecord{SecretRecord::State::kPresent, version->uid, version->resource_version}
                   : SecretRecord{SecretRecord::State::kAbsent, {}, {}};
}

Store::Snapshot Store::snapshot(const std::string& instance) const {
  const base::MutexLock lock(mutex_);
  Snapshot s;
  if (const auto it = by_instance_.find(instance); it != by_instance_.end()) {
    s.certificates.reserve(it->second.size());
    for (const kube::ObjectName& name : it->second) s.certificates.push_back(certificates_.at(name));
  }
  const auto self = instances_.find(instance);
  if (self == instances_.end()) return s;
  s.instance = self->second;
  // Who holds slots works on, else the older one, else the first by name.
  const auto precedence = [](const Instance& i) { return std::make_tuple(!has_slots(i), i.meta.created, i.name()); };
  const Instance* first = self->second.get();
  for (const std::string& name : by_target_.at(target_key(*self->second))) {
    const Instance* other = instances_.at(name).get();
    if (precedence(*other) < precedence(*first)) first = other;
  }
  if (first != self->second.get()) s.duplicate_of = first->name();
  return s;
}

SecretRecord Store::secret(const kube::ObjectName& name) const {
  const base::MutexLock lock(mutex_);
  const auto it = secrets_.find(name);
  return it == secrets_.end() ? SecretRecord{} : it->second.record;
}

kube::ObjectName Store::credentials_of(const Instance& instance) const {
  return {instance.credentials.ns.empty() ? operator_namespace_ : instance.credentials.ns, instance.credentials.name};
}

std::vector<std::shared_ptr<const ServerCertificate>> Store::all_certificates() const {
  const base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const ServerCertificate>> all;
  all.reserve(certificates_.size());
  for (const auto& [name, object] : certificates_) all.push_back(object);
  return all;
}

std::vector<std::shared_ptr<const Instance>> Store::all_instances() const {
  const base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const Instance>> all;
  all.reserve(instances_.size());
  for (const auto& [name, object] : instances_) all.push_back(object);
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

/// The new references come before the old ones go: what is known of a Secret that both name must not get lost.
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

Store::Names Store::set_secret(const kube::ObjectName& name, SecretRecord record) {
  Names names;
  const auto it = secrets_.find(name);
  if (it == secrets_.end()) return names;
  SecretRecord& old = it->second.record;
  const bool same = old.state == record.state && old.uid == record.uid;
  if (same && !newer(record.resource_version, old.resource_version)) return names;
  old = std::move(record);
  for (const auto& [instance, count] : it->second.instances) names.insert(instance);
  return names;
}

void Store::wake(const Names& names) {
  for (const std::string& name : names) enqueue_(name);
}

}  // namespace controller
