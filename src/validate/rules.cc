#include "validate/rules.h"

#include <array>
#include <regex>
#include <string_view>

namespace validate {
namespace {

bool names_its_region(const YamlNode& spec) {
  static const std::regex kHuaweiCloud("^https://([^/]*[.])?(iotda|iotda-app)[.][a-z0-9-]+[.]myhuaweicloud[.][a-z]+");
  return spec.find("region") != nullptr || std::regex_search(spec["endpoint"].text, kHuaweiCloud);
}

bool is_endpoint(const YamlNode& endpoint) {
  static const std::regex kEndpoint(
      "^https://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?/?$|"
      "^http://(localhost|127[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}|\\[::1\\])(:[0-9]{1,5})?/?$");
  return std::regex_match(endpoint.text, kEndpoint);
}

bool is_proxy_url(const YamlNode& url) {
  static const std::regex kProxy(
      "^http://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?/?$");
  return std::regex_match(url.text, kProxy);
}

bool has_one_ca_bundle(const YamlNode& spec) {
  return spec.find("caBundle") == nullptr || spec.find("caBundleRef") == nullptr;
}

bool has_two_keys(const YamlNode& secret_ref) {
  return secret_ref["certificateKey"].text != secret_ref["privateKeyKey"].text;
}

bool names_for_names(const YamlNode& allowed) {
  return (allowed["from"].text == "Names") == (allowed.find("names") != nullptr);
}

bool selector_for_selector(const YamlNode& allowed) {
  return (allowed["from"].text == "Selector") == (allowed.find("selector") != nullptr);
}

bool holds_in_secret(const YamlNode& credentials) {
  const std::string& type = credentials["type"].text;
  return type.empty() || type == "AccessKey" || type == "Token";
}

bool secret_for_secret_types(const YamlNode& credentials) {
  return holds_in_secret(credentials) == (credentials.find("secretRef") != nullptr);
}

bool oidc_for_oidc(const YamlNode& credentials) {
  const std::string& type = credentials["type"].text;
  return credentials.find("oidc") == nullptr || type == "OIDC" || type == "Ambient";
}

bool whole_agency(const YamlNode& oidc) {
  return (oidc.find("providerUrn") != nullptr) == (oidc.find("agencyUrn") != nullptr);
}

struct Rule {
  std::string_view cel;
  bool (*holds)(const YamlNode& self);
};

constexpr std::array kRules{
    Rule{"has(self.region) || "
         "self.endpoint.matches('^https://([^/]*[.])?(iotda|iotda-app)[.][a-z0-9-]+[.]myhuaweicloud[.][a-z]+')",
         names_its_region},
    Rule{"self.matches('^https://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:[0-9]{1,5})?/?$') || "
         "self.matches('^http://(localhost|127[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}|[[]::1[]])(:[0-9]{1,5})?/?$')",
         is_endpoint},
    Rule{"self.matches('^http://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:[0-9]{1,5})?/?$')",
         is_proxy_url},
    Rule{"!has(self.caBundle) || !has(self.caBundleRef)", has_one_ca_bundle},
    Rule{"self.certificateKey != self.privateKeyKey", has_two_keys},
    Rule{"has(self.secretRef) == (self.type in ['AccessKey', 'Token'])", secret_for_secret_types},
    Rule{"!has(self.oidc) || self.type in ['OIDC', 'Ambient']", oidc_for_oidc},
    Rule{"has(self.providerUrn) == has(self.agencyUrn)", whole_agency},
    Rule{"(has(self.from) && self.from == 'Names') == has(self.names)", names_for_names},
    Rule{"(has(self.from) && self.from == 'Selector') == has(self.selector)", selector_for_selector},
};

}  // namespace

RuleVerdict judge_rule(const std::string& cel, const YamlNode& self) {
  for (const Rule& rule : kRules) {
    if (rule.cel == cel) return rule.holds(self) ? RuleVerdict::kHolds : RuleVerdict::kBroken;
  }
  return RuleVerdict::kUnknown;
}

}  // namespace validate
