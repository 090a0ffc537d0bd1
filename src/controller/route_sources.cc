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

RouteSources::RouteSources(kube::Api& api, Store& store, os::Clock& clock, std::string operator_namespace,
                           std::set<std::string> allowed_namespaces)
    : api_(api),
      store_(store),
      clock_(clock),
      operator_namespace_(std::move(operator_namespace)),
      allowed_namespaces_(std::move(allowed_namespaces)) {}

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
  return read(
      {kube::kSecrets, "Secret", "the credentials of the proxy", store_.referenced(instance.proxy.secret),
       proxy->to_string(), [&proxy](const json::Value& secret) { return proxy_with_credentials(*proxy, secret); }},
      std::move(stop));
}

RouteSources::Found RouteSources::find_ca(const Instance& instance, std::stop_token stop) {
  const resources::CaBundleRef& reference = instance.ca_bundle_ref;
  if (reference.kind.empty()) return {http::Route{.ca_pem = instance.ca_bundle}, std::nullopt};
  return read({reference.in_secret() ? kube::kSecrets : kube::kConfigMaps,
               reference.in_secret() ? "Secret" : "ConfigMap", "the CA certificates", store_.referenced(reference.name),
               reference.key, [&reference](const json::Value& object) { return ca_bundle(object, reference); }},
              std::move(stop));
}

RouteSources::Found RouteSources::read(const Source& source, std::stop_token stop) {
  const std::string& ns = source.name.ns;
  const std::string what = std::string(source.kind) + " " + source.name.to_string();
  if (ns != operator_namespace_ && !allowed_namespaces_.contains(ns)) {
    return {std::nullopt, invalid("reading " + source.purpose + " is not allowed from namespace " + ns + "; move " +
                                  what + " to namespace " + operator_namespace_ +
                                  ", or start the operator with --credentials-namespaces " + ns)};
  }
  const os::MutexLock lock(reading_);
  Held& held = held_[what + " " + source.key];
  bool transient = false;
  if (!is_current(source, held)) {
    const Store::Moment asked = store_.moment();
    const auto got = api_.get(source.resource, source.name, std::move(stop));
    held.read_at = clock_.boot_now();
    if (got.ok()) {
      take(source, *got, asked, held);
      if (held.problem) held.problem->message.insert(0, what + " with " + source.purpose + ": ");
    } else {
      transient = got.error().code != kube::Error::Code::kNotFound;
      if (!transient && &source.resource == &kube::kSecrets) store_.read_secret(source.name, std::nullopt, asked);
      held.version.clear();
      held.problem = Problem{Reason::kCredentialsNotFound,
                             what + " with " + source.purpose +
                                 (transient ? " cannot be read: " + got.error().message : " does not exist")};
    }
  }
  Found found{held.route, held.problem, transient};
  if (found.route && found.problem) found.problem->message += "; the former content stays in use";
  return found;
}

bool RouteSources::is_current(const Source& source, const Held& held) const {
  if (&source.resource == &kube::kSecrets) {
    const SecretRecord record = store_.secret(source.name);
    // The watch tells when one that is missing is created.
    if (record.state == SecretRecord::State::kAbsent) return held.version.empty() && held.problem;
    return record.state == SecretRecord::State::kPresent &&
           held.version == record.uid.str() + "/" + record.resource_version;
  }
  return !held.version.empty() && clock_.boot_now() - held.read_at < kMaxAge;
}

void RouteSources::take(const Source& source, const json::Document& object, Store::Moment asked, Held& held) {
  const json::Value metadata = object["metadata"];
  const SecretVersion version{source.name.name, meta::Uid(metadata["uid"].string_or("")),
                              metadata["resourceVersion"].string_or("")};
  if (&source.resource == &kube::kSecrets) store_.read_secret(source.name, version, asked);
  held.version = version.uid.str() + "/" + version.resource_version;
  held.problem.reset();
  Part part = source.make(object.root());
  if (part) {
    held.route = std::move(*part);
  } else {
    held.problem = invalid(part.error());
  }
}

}  // namespace controller
