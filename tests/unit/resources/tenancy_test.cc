#include "resources/tenancy.h"

#include <gtest/gtest.h>

namespace resources {
namespace {

TEST(LabelSelector, MatchesAsKubernetesSays) {
  const auto matches = [](const std::string& selector, const meta::Labels& labels) {
    const auto spec = json::Document::parse(R"({"from":"Selector","selector":)" + selector + "}");
    return parse_allowed_namespaces(spec->root()).allows("any", labels);
  };
  const meta::Labels labels{{"env", "prod"}, {"team", "iot"}};
  EXPECT_TRUE(matches("{}", labels));
  EXPECT_FALSE(matches("{}", {})) << "a namespace that is not known";
  EXPECT_TRUE(matches(R"({"matchLabels":{"env":"prod"}})", labels));
  EXPECT_FALSE(matches(R"({"matchLabels":{"env":"prod","team":"x"}})", labels));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"env","operator":"In","values":["dev","prod"]}]})", labels));
  EXPECT_FALSE(matches(R"({"matchExpressions":[{"key":"env","operator":"NotIn","values":["dev","prod"]}]})", labels));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"zone","operator":"NotIn","values":["a"]}]})", labels));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"env","operator":"Exists"}]})", labels));
  EXPECT_FALSE(matches(R"({"matchExpressions":[{"key":"env","operator":"DoesNotExist"}]})", labels));
  EXPECT_FALSE(matches(R"({"matchExpressions":[{"key":"env","operator":"Like","values":["p"]}]})", labels));
}

TEST(DomainRules, TheExactNameGoesBeforeTheWildcardWhichIsOneLabel) {
  const std::vector<DomainRule> rules{{"*.example.com", {"a"}, false}, {"b.example.com", {"b"}, false}};
  EXPECT_EQ(rule_for(rules, "b.example.com")->namespaces.front(), "b");
  EXPECT_EQ(rule_for(rules, "c.example.com")->namespaces.front(), "a");
  EXPECT_EQ(rule_for(rules, "d.c.example.com"), nullptr);
  EXPECT_EQ(rule_for(rules, "example.com"), nullptr);
}

}  // namespace
}  // namespace resources
