#include "validate/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "json/value.h"
#include "resources/instance.h"
#include "resources/server_certificate.h"
#include "validate/definitions.h"
#include "validate/json_text.h"
#include "validate/rules.h"

namespace validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> violations(Schema& schema, const std::string& spec) {
  const auto roots = parse_yaml(spec, 1);
  EXPECT_TRUE(roots.ok()) << spec;
  std::vector<std::string> all;
  for (const Violation& v : schema.check(*roots->front()).violations) {
    all.push_back(std::to_string(v.line) + " " + v.message);
  }
  return all;
}

TEST(Schema, RefusesCertificatesAsTheApiServerDoes) {
  Schema schema(kServerCertificateDefinition);
  EXPECT_THAT(violations(schema, "spec: {secretRef: {name: s}}"), IsEmpty());
  EXPECT_THAT(violations(schema, "spec: {secretRef: {name: s}, suspend: null, rotation: {}}"), IsEmpty());
  const std::vector<std::pair<std::string, std::string>> table{
      {"kind: x", "1 spec: Required value"},
      {"spec: 5", "1 spec: Invalid value: must be of type object"},
      {"spec: {}", "1 spec.secretRef: Required value"},
      {"spec:\n  secretRef: {}", "2 spec.secretRef.name: Required value"},
      {"spec: {secretRef: {name: ''}}", "should be at least 1 characters long"},
      {"spec: {secretRef: {name: Upper}}", "spec.secretRef.name: Invalid value \"Upper\": should match"},
      {"spec: {secretRef: {name: 5}}", "must be of type string"},
      {"spec: {secretRef: {name: yes}}", "must be of type string"},
      {"spec: {secretRef: {name: s, namespace: n}}", "spec.secretRef: unknown field \"namespace\""},
      {"spec: {secretRef: {name: s, certificateKey: tls.key}}", "must name different keys"},
      {"spec: {secretRef: {name: s}, adoptionPolicy: Always}", "supported values: \"IfMatching\", \"Never\""},
      {"spec: {secretRef: {name: s}, suspend: 'yes'}", "must be of type boolean"},
      {"spec: {secretRef: {name: s}, domainConfiguration: {domainName: no spaces}}", "domainName: Invalid value"},
      {"spec: {secretRef: {name: s}, domainConfiguration: {domainName: a.b, ocsp: {serverCaId: " +
           std::string(37, 'x') + "}}}",
       "serverCaId: Too long: may not be more than 36 characters"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_THAT(violations(schema, text), ElementsAre(HasSubstr(expected))) << text;
  }
}

TEST(Schema, RefusesInstancesAsTheApiServerDoes) {
  Schema schema(kInstanceDefinition);
  const auto spec = [](const std::string& endpoint, const std::string& more) {
    return "spec: {endpoint: '" + endpoint + "', projectId: p, credentials: {secretRef: {name: c}}" + more + "}";
  };
  EXPECT_THAT(violations(schema, spec("https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com", "")), IsEmpty());
  EXPECT_THAT(violations(schema, spec("http://127.0.0.1:8080", ", region: r-1")), IsEmpty());
  for (const char* endpoint : {"https://[2001:db8::1]:8443", "https://[::1]", "http://[::1]:8080"}) {
    EXPECT_THAT(violations(schema, spec(endpoint, ", region: r")), IsEmpty()) << endpoint;
  }
  for (const char* more : {"proxy: {url: 'http://proxy.corp:3128', secretRef: {name: p}}",
                           "proxy: {url: 'http://[2001:db8::1]/'}", "caBundleRef: {kind: ConfigMap, name: c}"}) {
    const std::string text = std::string(", region: r, ") + more;
    EXPECT_THAT(violations(schema, spec("https://a.example", text)), IsEmpty()) << more;
  }
  const std::vector<std::pair<std::string, std::string>> table{
      {spec("https://iotda.example.com", ""), "region is required"},
      {spec("http://iotda.example.com", ", region: r"), "http is allowed for loopback addresses only"},
      {spec("https://iotda.example.com/v5", ", region: r"), "without a path"},
      {spec("https://iotda.example.com", ", region: r, quota: {serverCertificates: 0}"), "greater than or equal to 1"},
      {spec("https://iotda.example.com", ", region: r, quota: {serverCertificates: 51}"), "less than or equal to 50"},
      {spec("https://iotda.example.com", ", region: r, quota: {serverCertificates: 2.5}"), "must be of type integer"},
      {spec("https://iotda.example.com", ", region: r, allowedNamespaces: {from: Names}"),
       "names must be set if from is Names"},
      {spec("https://iotda.example.com", ", region: r, allowedNamespaces: {selector: {}}"),
       "selector must be set if from"},
      {spec("https://iotda.example.com", ", region: r, domains: [{name: a.b, namespaces: []}]"), "at least 1 items"},
      {spec("https://iotda.example.com", ", region: r, domains: [{name: a.b}, {name: a.b}]"), "Duplicate value"},
      {spec("https://iotda.example.com", ", region: r, proxy: {url: 'http://user:pass@proxy:3128'}"),
       "user name and password belong in the Secret"},
      {spec("https://iotda.example.com", ", region: r, proxy: {url: 'https://proxy:3128'}"), "must be http://host"},
      {spec("https://iotda.example.com", ", region: r, caBundle: x, caBundleRef: {kind: Secret, name: c}"),
       "caBundle and caBundleRef are mutually exclusive"},
      {spec("https://iotda.example.com", ", region: r, caBundleRef: {kind: Pod, name: c}"), "Unsupported value"},
      {spec("http://[::2]:80", ", region: r"), "http is allowed for loopback addresses only"},
      {spec("https://iotda.example.com",
            ", region: r, allowedNamespaces: {from: Selector, selector: {matchLabels: {iot: 5}}}"),
       "selector.matchLabels.iot: Invalid value: must be of type string"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_THAT(violations(schema, text), ElementsAre(HasSubstr(expected))) << text;
  }
}

TEST(Schema, FillsInDefaults) {
  Schema schema(kServerCertificateDefinition);
  const auto roots = parse_yaml("spec: {secretRef: {name: s}}", 1);
  const YamlPointer spec = schema.check(*roots->front()).spec;
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ((*spec)["instanceRef"]["name"].text, "default");
  EXPECT_EQ((*spec)["secretRef"]["certificateKey"].text, "tls.crt");
  EXPECT_TRUE((*spec)["privateKeyPasswordSecretRef"].is_null());
}

/// All CEL rules below a node of a definition.
void collect_rules(const YamlNode& node, std::vector<std::string>& rules) {
  for (const YamlPointer& rule : node["x-kubernetes-validations"].items) rules.push_back((*rule)["rule"].text);
  for (const YamlNode::Member& member : node.members) collect_rules(*member.value, rules);
  for (const YamlPointer& item : node.items) collect_rules(*item, rules);
}

TEST(Rules, OfTheDefinitionsAreAllKnownButForThoseAboutChanges) {
  int known = 0;
  for (const std::string_view definition : {kServerCertificateDefinition, kInstanceDefinition}) {
    const auto roots = parse_yaml(std::string(definition), 1);
    std::vector<std::string> rules;
    collect_rules(*roots->front(), rules);
    for (const std::string& rule : rules) {
      const bool about_a_change = rule.find("oldSelf") != std::string::npos;
      EXPECT_EQ(judge_rule(rule, YamlNode()) == RuleVerdict::kUnknown, about_a_change)
          << "add it to rules.cc, with its counterpart in C++: " << rule;
      known += about_a_change ? 0 : 1;
    }
  }
  EXPECT_GE(known, 3);
}

/// What `parse` makes of the spec as it is written, and of the spec with the defaults of the definition.
template <class Object>
std::pair<Object, Object> without_and_with_defaults(Object (*parse)(const json::Value&), std::string_view definition,
                                                    const std::string& spec) {
  const auto roots = parse_yaml("spec: " + spec, 1);
  const Schema::Checked checked = Schema(definition).check(*roots->front());
  EXPECT_THAT(checked.violations, IsEmpty());
  const auto read = [&](const YamlNode& from) {
    return parse(json::Document::parse("{\"spec\":" + to_json(from) + "}")->root());
  };
  return {read((*roots->front())["spec"]), read(*checked.spec)};
}

TEST(Definitions, HaveTheDefaultsThatTheOperatorAssumes) {
  using resources::ServerCertificate;
  const auto [bare, complete] = without_and_with_defaults(
      resources::parse_server_certificate, kServerCertificateDefinition,
      "{secretRef: {name: s}, privateKeyPasswordSecretRef: {name: p}, domainConfiguration: {domainName: d.example}}");
  for (const ServerCertificate& c : {bare, complete}) {
    EXPECT_EQ(c.instance, "default");
    EXPECT_EQ(c.certificate_key, "tls.crt");
    EXPECT_EQ(c.private_key_key, "tls.key");
    EXPECT_EQ(c.password_key, "password");
    EXPECT_EQ(c.domain->ocsp, platform::Ocsp());
    EXPECT_FALSE(c.domain->adopt);
    EXPECT_EQ(c.rotation, ServerCertificate().rotation);
    EXPECT_EQ(c.lend, ServerCertificate().lend);
    EXPECT_EQ(c.adopt, ServerCertificate().adopt);
    EXPECT_EQ(c.retain, ServerCertificate().retain);
    EXPECT_EQ(c.suspend, ServerCertificate().suspend);
  }
  using resources::Instance;
  const auto [plain, filled] = without_and_with_defaults(
      resources::parse_instance, kInstanceDefinition,
      "{endpoint: 'https://localhost', region: r, projectId: p, credentials: {secretRef: {name: c}}, domains: [{name: "
      "d.example}]}");
  for (const Instance& i : {plain, filled}) {
    EXPECT_EQ(i.signing, Instance().signing);
    EXPECT_EQ(i.quota, Instance().quota);
    EXPECT_EQ(i.domain_quota, Instance().domain_quota);
    EXPECT_EQ(i.allowed.from, Instance().allowed.from);
    EXPECT_EQ(i.domain_rules.at(0).adopt, resources::DomainRule().adopt);
    EXPECT_EQ(i.suspend, Instance().suspend);
  }
}

}  // namespace
}  // namespace validate
