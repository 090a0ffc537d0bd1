#include "controller/cloud_platforms.h"

#include "base/base64.h"

namespace controller {
namespace {

/// Keeps the transport alive as long as the client that uses it.
struct Connected {
  std::shared_ptr<http::Transport> transport;
  std::unique_ptr<iotda::Platform> platform;
};

bool has_slots(const Instance& instance) {
  return instance.status.slots && !instance.status.slots->empty();
}

}  // namespace

CloudPlatforms::CloudPlatforms(kube::Api& api, Store& store, os::Clock& clock, TransportFactory transports,
                               std::string operator_namespace, std::set<std::string> allowed_namespaces,
                               iotda::CallObserver observer)
    : api_(api),
      store_(store),
      clock_(clock),
      make_transport_(std::move(transports)),
      operator_namespace_(std::move(operator_namespace)),
      allowed_namespaces_(std::move(allowed_namespaces)),
      observer_(std::move(observer)) {}

PlatformAccess CloudPlatforms::access(const Instance& instance, std::stop_token stop) {
  const kube::ObjectName secret = store_.credentials_of(instance);
  const SecretRecord record = store_.secret(secret);
  const std::string revision =
      std::to_string(instance.meta.generation) + "/" + record.uid.str() + "/" + record.resource_version;
  {
    const os::MutexLock lock(mutex_);
    if (const auto it = cached_.find(instance.name()); it != cached_.end() && it->second.uid == instance.meta.uid) {
      if (it->second.access.revision == revision) return it->second.access;
      const bool vanished = record.state == SecretRecord::State::kAbsent;
      if (vanished && it->second.access.platform && has_slots(instance)) return it->second.access;
    }
  }
  PlatformAccess made = make(instance, revision, std::move(stop));
  const SecretRecord read = store_.secret(secret);
  made.revision = std::to_string(instance.meta.generation) + "/" + read.uid.str() + "/" + read.resource_version;
  if (made.transient) return made;
  const os::MutexLock lock(mutex_);
  cached_[instance.name()] = {instance.meta.uid, made};
  return made;
}

void CloudPlatforms::forget(const std::string& instance) {
  const os::MutexLock lock(mutex_);
  cached_.erase(instance);
  std::erase_if(transports_, [](const auto& entry) { return entry.second.expired(); });
  if (cached_.empty()) credentials_.clear();
}

PlatformAccess CloudPlatforms::make(const Instance& instance, const std::string& revision, std::stop_token stop) {
  PlatformAccess access;
  access.revision = revision;
  const auto endpoint = http::parse_origin(instance.endpoint);
  if (!endpoint || (!endpoint->tls && !http::is_loopback(endpoint->host))) {
    access.problem = Problem{Reason::kCredentialsInvalid, "spec.endpoint must be https://host[:port]"};
    return access;
  }
  iotda::Target target{*endpoint, instance.region, instance.project_id, instance.instance_id,
                       instance.signing.value_or(iotda::default_signing(*endpoint))};
  access.signing = target.signing;
  if (target.region.empty()) target.region = iotda::region_of(*endpoint);
  auto shared = credentials(instance, access, std::move(stop));
  if (!shared) return access;
  auto connection = transport(*endpoint, instance.ca_bundle, access.problem);
  if (!connection) return access;
  auto connected = std::make_shared<Connected>();
  connected->transport = std::move(connection);
  connected->platform =
      iotda::make_client(std::move(target), std::move(shared), *connected->transport, clock_, observer_);
  access.platform = std::shared_ptr<iotda::Platform>(connected, connected->platform.get());
  return access;
}

std::shared_ptr<const iotda::Credentials> CloudPlatforms::credentials(const Instance& instance, PlatformAccess& access,
                                                                      std::stop_token stop) {
  const kube::ObjectName name = store_.credentials_of(instance);
  if (name.ns != operator_namespace_ && !allowed_namespaces_.contains(name.ns)) {
    access.problem =
        Problem{Reason::kCredentialsInvalid, "reading credentials is not allowed from namespace " + name.ns +
                                                 "; move the Secret to namespace " + operator_namespace_ +
                                                 ", or start the operator with --credentials-namespaces " + name.ns};
    return nullptr;
  }
  // One at a time, because after a start all instances with the same credentials need them at once.
  const os::MutexLock reading(reading_);
  const Store::Moment asked = store_.moment();
  const SecretRecord record = store_.secret(name);
  {
    const os::MutexLock lock(mutex_);
    const auto it = credentials_.find(name);
    if (it != credentials_.end() && record.state == SecretRecord::State::kPresent &&
        it->second.resource_version == record.resource_version) {
      return it->second.credentials;
    }
  }
  auto got = api_.get(kube::kSecrets, name, std::move(stop));
  if (!got.ok()) {
    const bool missing = got.error().code == kube::Error::Code::kNotFound;
    if (missing) store_.read_secret(name, std::nullopt, asked);
    access.transient = !missing;
    access.problem = Problem{Reason::kCredentialsNotFound,
                             missing ? "Secret " + name.to_string() +
                                           " does not exist; create it with "
                                           "the keys accessKey and secretKey"
                                     : "Secret " + name.to_string() + " cannot be read: " + got.error().message};
    return nullptr;
  }
  const json::Value meta = (*got)["metadata"];
  const SecretVersion version{name.name, Uid(meta["uid"].string_or("")), meta["resourceVersion"].string_or("")};
  store_.read_secret(name, version, asked);
  const auto value = [&](const char* key) {
    return base::base64_decode_secret((*got)["data"][key].string().value_or("")).value_or(base::Secret());
  };
  auto read = std::make_shared<iotda::Credentials>();
  read->access_key = std::string(value("accessKey").view());
  read->secret_key = value("secretKey");
  read->security_token = value("securityToken");
  if (read->access_key.empty() || read->secret_key.empty()) {
    access.problem = Problem{Reason::kCredentialsInvalid, "Secret " + name.to_string() + " has no key " +
                                                              (read->access_key.empty() ? "accessKey" : "secretKey") +
                                                              ", or the key is empty"};
    return nullptr;
  }
  const os::MutexLock lock(mutex_);
  credentials_[name] = {version.resource_version, read};
  return read;
}

std::shared_ptr<http::Transport> CloudPlatforms::transport(const http::Origin& endpoint, const std::string& ca_pem,
                                                           std::optional<Problem>& problem) {
  const TransportKey key{endpoint.to_string(), ca_pem};
  const os::MutexLock lock(mutex_);
  if (const auto it = transports_.find(key); it != transports_.end()) {
    if (auto alive = it->second.lock()) return alive;
  }
  auto made = make_transport_(endpoint, ca_pem);
  if (!made.ok()) {
    problem = Problem{Reason::kCredentialsInvalid, "cannot use spec.caBundle: " + made.error().message};
    return nullptr;
  }
  std::shared_ptr<http::Transport> shared = std::move(*made);
  transports_[key] = shared;
  return shared;
}

}  // namespace controller
