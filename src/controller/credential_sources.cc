#include "controller/credential_sources.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "credentials/ambient.h"
#include "credentials/secret_sources.h"

namespace controller {
namespace {

/// Sources of different instances with one key are the same.
std::string key_of(const Instance& instance, const kube::ObjectName& secret, const credentials::Iam& iam) {
  const resources::CredentialsSpec& spec = instance.credentials;
  std::string key = spec.type + " " + secret.to_string();
  if (spec.type == "AccessKey") return key;
  key += " " + iam.iam.to_string() + " " + iam.region + " " + iam.route.fingerprint();
  if (spec.type == "Token") return key + " " + instance.project_id;
  return key + " " + spec.identity_provider + " " + spec.provider_urn + " " + spec.agency_urn;
}

Problem missing(const Instance& instance, const Reference& secret) {
  const bool token = instance.credentials.type == "Token";
  return {Reason::kCredentialsNotFound, secret.what() + " does not exist; create it with the keys " +
                                            (token ? "domain, username and password" : "accessKey and secretKey")};
}

bool has_slots(const Instance& instance) {
  return instance.status.slots && !instance.status.slots->empty();
}

std::unique_ptr<credentials::Source> ambient_source(const resources::CredentialsSpec& spec,
                                                    const credentials::Ports& ports, const credentials::Iam& iam) {
  credentials::Oidc oidc{spec.identity_provider, std::nullopt};
  if (!spec.agency_urn.empty()) oidc.agency = credentials::TrustAgency{spec.provider_urn, spec.agency_urn};
  for (const credentials::AmbientSource& row : credentials::ambient_sources()) {
    if (row.type == spec.type) return row.make(ports, iam, oidc);
  }
  return spec.type == "Ambient" ? credentials::first_ambient_source(ports, iam, oidc) : nullptr;
}

}  // namespace

CredentialSources::CredentialSources(ReferencedObjects& objects, const credentials::Ports& ports)
    : objects_(objects), ports_(ports) {}

CredentialSources::Found CredentialSources::find(const Instance& instance, const credentials::Iam& iam,
                                                 std::stop_token stop) {
  const bool in_secret = instance.credentials.in_secret();
  const std::string key =
      key_of(instance, in_secret ? objects_.name_of(instance.credentials.secret) : kube::ObjectName(), iam);
  Found found = find_source(instance, key, iam, std::move(stop));
  if (!found.provider) return found;
  const os::MutexLock lock(mutex_);
  const auto [known, first] = shared_[key].generations.try_emplace(instance.name(), instance.meta.generation);
  if (!first && std::exchange(known->second, instance.meta.generation) != instance.meta.generation) {
    found.provider->retry();
  }
  return found;
}

CredentialSources::Found CredentialSources::find_source(const Instance& instance, const std::string& key,
                                                        const credentials::Iam& iam, std::stop_token stop) {
  if (instance.credentials.in_secret()) return find_secret(instance, key, iam, std::move(stop));
  const os::MutexLock lock(mutex_);
  Shared& shared = shared_[key];
  if (!shared.provider) {
    auto source = ambient_source(instance.credentials, ports_, iam);
    if (!source) {
      const std::string message = "spec.credentials.type " + instance.credentials.type +
                                  " is not known to this version of the operator; upgrade it, or use another type";
      return {nullptr, Problem{Reason::kCredentialsInvalid, message}, false, ""};
    }
    shared.provider = std::make_shared<credentials::Provider>(std::move(source), ports_.clock);
  }
  return {shared.provider, std::nullopt, false, ""};
}

CredentialSources::Found CredentialSources::find_secret(const Instance& instance, const std::string& key,
                                                        const credentials::Iam& iam, std::stop_token stop) {
  const Reference secret{kube::kSecrets, "credentials", objects_.name_of(instance.credentials.secret)};
  if (auto problem = objects_.forbidden(secret)) return {nullptr, std::move(problem), false, ""};
  // One at a time: after a start all instances with these credentials ask at once.
  const os::MutexLock reading(reading_);
  Shared known;
  {
    const os::MutexLock lock(mutex_);
    known = shared_[key];
  }
  auto now = objects_.read(secret, known.revision, std::move(stop));
  switch (now.state) {
    case ReferencedObjects::Reading::State::kUnchanged:
      return {known.provider, std::nullopt, false, known.revision};
    case ReferencedObjects::Reading::State::kAbsent:
      // What is on the platform is looked after with what was read last.
      if (known.provider && has_slots(instance)) return {known.provider, std::nullopt, false, known.revision};
      return {nullptr, missing(instance, secret), false, ""};
    case ReferencedObjects::Reading::State::kUnreadable:
      return {nullptr, Problem{Reason::kCredentialsNotFound, secret.what() + " cannot be read: " + now.error}, true,
              ""};
    case ReferencedObjects::Reading::State::kRead:
      break;
  }
  auto source = source_in(now.object->root(), secret.what(), instance, iam);

  const os::MutexLock lock(mutex_);
  Shared& shared = shared_[key];
  shared.revision = std::move(now.version);
  if (shared.provider) {
    shared.provider->replace(std::move(source));
  } else {
    shared.provider = std::make_shared<credentials::Provider>(std::move(source), ports_.clock);
  }
  return {shared.provider, std::nullopt, false, shared.revision};
}

std::unique_ptr<credentials::Source> CredentialSources::source_in(const json::Value& secret, const std::string& origin,
                                                                  const Instance& instance,
                                                                  const credentials::Iam& iam) const {
  const auto text = [&](const char* key) {
    return credentials::Text{
        key, base::base64_decode_secret(secret["data"][key].string().value_or("")).value_or(base::Secret())};
  };
  if (instance.credentials.type == "Token") {
    return credentials::make_token_source(ports_, iam, instance.project_id,
                                          {origin, text("domain"), text("username"), text("password")});
  }
  return credentials::make_access_key_source({origin, text("accessKey"), text("secretKey"), text("securityToken")});
}

void CredentialSources::forget_unused() {
  const os::MutexLock lock(mutex_);
  std::erase_if(shared_, [](const auto& entry) { return entry.second.provider.use_count() <= 1; });
}

}  // namespace controller
