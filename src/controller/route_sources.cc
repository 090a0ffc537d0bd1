#include "controller/route_sources.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/base64.h"
#include "http/trust_roots.h"

namespace controller {
namespace {

using Part = base::Result<http::Route, std::string>;

base::Secret value_in_secret(const json::Value& secret, const std::string& key) {
  return base::base64_decode_secret(secret["data"][key].string().value_or("")).value_or(base::Secret());
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Part proxy_with_credentials(http::Proxy proxy, const json::Value& secret) {
  const base::Secret username = value_in_secret(secret, "username");
  const base::Secret password = value_in_secret(secret, "password");
  if (username.empty()) return base::Err<std::string>("the key username is missing or empty");
  if (username.view().find(':') != std::string_view::npos) {
    return base::Err<std::string>("the value of username contains a colon, which proxies do not support");
  }
  if (password.empty()) return base::Err<std::string>("the key password is missing or empty");
  if (has_control_characters(username.view()) || has_control_characters(password.view())) {
    return base::Err<std::string>(
        "the value of username or password contains a control character (check for a trailing newline)");
  }
  proxy.authorization = http::basic_authorization(username.view(), password.view());
  return http::Route{.ca_pem = "", .proxy = std::move(proxy)};
}

Part ca_bundle(const json::Value& object, const resources::CaBundleRef& reference) {
  const std::string pem = reference.in_secret() ? std::string(value_in_secret(object, reference.key).view())
                                                : object["data"][reference.key].string_or("");
  if (pem.empty()) return base::Err("the key " + reference.key + " is missing or empty");
  if (const std::string problem = http::problem_of_trust_roots(pem); !problem.empty()) {
    return base::Err("the key " + reference.key + ": " + problem);
  }
  return http::Route{.ca_pem = pem};
}

Problem invalid(std::string message) {
  return {Reason::kCredentialsInvalid, std::move(message)};
}

}  // namespace

RouteSources::RouteSources(ReferencedObjects& objects, os::Clock& clock) : objects_(objects), clock_(clock) {}

RouteSources::Found RouteSources::find(const Instance& instance, std::stop_token stop) {
  Found proxy = find_proxy(instance, stop);
  if (!proxy.route) return proxy;
  Found found = find_ca(instance, std::move(stop));
  if (!found.route) return found;
  found.route->proxy = proxy.route->proxy;
  if (!found.problem) found.problem = std::move(proxy.problem);
  return found;
}

RouteSources::Found RouteSources::find_proxy(const Instance& instance, std::stop_token stop) {
  if (instance.proxy.url.empty()) return {http::Route(), std::nullopt};
  const auto proxy = http::parse_proxy(instance.proxy.url);
  if (!proxy || proxy->authorization) {
    return {std::nullopt, invalid("spec.proxy.url must be http://host[:port], without user name and password")};
  }
  if (instance.proxy.secret.name.empty()) return {http::Route{.ca_pem = "", .proxy = *proxy}, std::nullopt};
  return read({{kube::kSecrets, "the credentials of the proxy", objects_.name_of(instance.proxy.secret)},
               proxy->to_string(),
               [&proxy](const json::Value& secret) { return proxy_with_credentials(*proxy, secret); }},
              std::move(stop));
}

RouteSources::Found RouteSources::find_ca(const Instance& instance, std::stop_token stop) {
  const resources::CaBundleRef& reference = instance.ca_bundle_ref;
  if (reference.kind.empty()) return {http::Route{.ca_pem = instance.ca_bundle}, std::nullopt};
  return read({{reference.in_secret() ? kube::kSecrets : kube::kConfigMaps, "the CA certificates",
                objects_.name_of(reference.name)},
               reference.key,
               [&reference](const json::Value& object) { return ca_bundle(object, reference); }},
              std::move(stop));
}

RouteSources::Found RouteSources::read(const Source& source, std::stop_token stop) {
  if (auto problem = objects_.forbidden(source.reference)) return {std::nullopt, std::move(problem)};
  const os::MutexLock lock(reading_);
  Held& held = held_[source.reference.what() + " " + source.key];
  const bool fresh = !held.version.empty() && clock_.boot_now() - held.read_at < kMaxAge;
  bool transient = false;
  if (source.reference.is_secret() || !fresh) {
    auto now = objects_.read(source.reference, held.version, std::move(stop));
    transient = now.state == ReferencedObjects::Reading::State::kUnreadable;
    if (now.state != ReferencedObjects::Reading::State::kUnchanged) take(source, std::move(now), held);
  }
  Found found{held.route, held.problem, transient};
  if (found.route && found.problem) found.problem->message += "; the former content stays in use";
  return found;
}

void RouteSources::take(const Source& source, ReferencedObjects::Reading now, Held& held) const {
  const std::string what = source.reference.what() + " with " + source.reference.purpose;
  held.version = std::move(now.version);
  held.read_at = clock_.boot_now();
  held.problem.reset();
  if (!now.object) {
    const bool absent = now.state == ReferencedObjects::Reading::State::kAbsent;
    held.problem =
        Problem{Reason::kCredentialsNotFound, what + (absent ? " does not exist" : " cannot be read: " + now.error)};
    return;
  }
  Part part = source.make(now.object->root());
  if (part) {
    held.route = std::move(*part);
  } else {
    held.problem = invalid(what + ": " + part.error());
  }
}

}  // namespace controller
