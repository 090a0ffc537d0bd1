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
      "^https://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?/?$|"
      "^http://(localhost|127[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})(:[0-9]{1,5})?/?$");
  return std::regex_match(endpoint.text, kEndpoint);
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

struct Rule {
  std::string_view cel;
  bool (*holds)(const YamlNode& self);
};

constexpr std::array kRules{
    Rule{"has(self.region) || "
         "self.endpoint.matches('^https://([^/]*[.])?(iotda|iotda-app)[.][a-z0-9-]+[.]myhuaweicloud[.][a-z]+')",
         names_its_region},
    Rule{"self.matches('^https://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?/?$') || "
         "self.matches('^http://(localhost|127[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})(:[0-9]{1,5})?/?$')",
         is_endpoint},
    Rule{"self.certificateKey != self.privateKeyKey", has_two_keys},
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
