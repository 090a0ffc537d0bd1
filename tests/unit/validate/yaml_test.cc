#include "validate/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace validate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Type = YamlNode::Type;

YamlPointer one(const std::string& text, std::size_t first_line = 1) {
  const auto roots = parse_yaml(text, first_line);
  EXPECT_TRUE(roots.ok()) << text << ": " << (roots.ok() ? "" : roots.error().message);
  if (!roots.ok() || roots->size() != 1) return std::make_shared<YamlNode>();
  return roots->front();
}

YamlError error_of(const std::string& text, std::size_t first_line = 1) {
  const auto roots = parse_yaml(text, first_line);
  EXPECT_FALSE(roots.ok()) << text;
  return roots.ok() ? YamlError{} : roots.error();
}

TEST(Yaml, GivesScalarsTheTypesThatKubernetesGivesThem) {
  const std::vector<std::pair<std::string, Type>> scalars{
      {"a", Type::kString},       {"'5'", Type::kString},        {"\"true\"", Type::kString},
      {"5", Type::kInteger},      {"-5", Type::kInteger},        {"0x1F", Type::kInteger},
      {"1_000", Type::kInteger},  {"5.0", Type::kNumber},        {"1e3", Type::kNumber},
      {".5", Type::kNumber},      {".inf", Type::kNumber},       {"true", Type::kBoolean},
      {"Yes", Type::kBoolean},    {"off", Type::kBoolean},       {"~", Type::kNull},
      {"null", Type::kNull},      {"1.2.3", Type::kString},      {"e3", Type::kString},
      {"!!str 5", Type::kString}, {"!!int 5", Type::kInteger},   {"5m", Type::kString},
      {".", Type::kString},       {"2026-06-08", Type::kString},
  };
  for (const auto& [text, type] : scalars) {
    EXPECT_EQ(static_cast<int>((*one("v: " + text))["v"].type), static_cast<int>(type)) << text;
  }
}

TEST(Yaml, KnowsTheLinesOfKeysValuesAndLiteralBlocks) {
  const YamlPointer root = one("# comment\nkey: value\nmap:\n  inner: |\n    first\n    second\nlist:\n- 1\n- 2\n", 10);
  EXPECT_EQ(root->find("key")->line, 11U);
  const YamlNode::Member* inner = (*root)["map"].find("inner");
  EXPECT_EQ(inner->line, 13U);
  EXPECT_EQ(inner->value->text_line, 13U) << "its first line is the next";
  EXPECT_EQ(inner->value->text, "first\nsecond\n");
  EXPECT_EQ((*root)["list"].items.at(1)->line, 18U);
  EXPECT_EQ((*one("a: >\n  folded\n"))["a"].text_line, 0U);
  EXPECT_EQ((*one("a: \"x\\ny\"\n"))["a"].text_line, 0U);
}

TEST(Yaml, ResolvesAnchorsAliasesAndMergeKeys) {
  const YamlPointer root = one("base: &b {x: 1, y: 2}\nsame: *b\nmore: {<<: *b, y: 3}\nboth: {<<: [*b, {z: 4}]}\n");
  EXPECT_EQ((*root)["same"]["x"].text, "1");
  EXPECT_EQ((*root)["more"]["x"].text, "1");
  EXPECT_EQ((*root)["more"]["y"].text, "3");
  EXPECT_EQ((*root)["both"]["z"].text, "4");
  EXPECT_EQ((*root)["more"].find("<<"), nullptr);
}

TEST(Yaml, RefusesWhatWouldNotEnd) {
  EXPECT_THAT(error_of("a: &a [*a]").message, HasSubstr("an alias inside of what it stands for"));
  std::string laughs = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*l" + std::to_string(i - 1);
    laughs += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += (j > 0 ? ", " : "") + before;
    laughs += "]\n";
  }
  EXPECT_THAT(error_of(laughs).message, HasSubstr("aliases that repeat each other"));
  EXPECT_FALSE(parse_yaml(std::string(100'000, '['), 1).ok());
  for (const char* stuck : {"---\n,a: b\n", ",", "a: b\n---\n, c", "]", "}"})
    EXPECT_FALSE(parse_yaml(stuck, 1).ok()) << stuck;
  EXPECT_FALSE(parse_yaml(std::string(100'000, '{'), 1).ok());
}

TEST(Yaml, NamesTheLineOfWhatIsWrongAndNothingOfTheText) {
  const YamlError twice = error_of("a: 1\nb: 2\na: SECRET\n", 5);
  EXPECT_EQ(twice.line, 7U);
  EXPECT_THAT(twice.message, HasSubstr("is there already, on line 5"));
  for (const char* text :
       {"a: b\n SECRET: c\n", "a: \"SECRET\\q\"\n", "a: *SECRET\n", "a: {SECRET\n", "%YAML SECRET\n---\na\n",
        "? [SECRET]\n: a\n", "a: {{ SECRET }}\n", "\tSECRET: b\n", "a: @SECRET\n"}) {
    const YamlError error = error_of(text);
    EXPECT_NE(error.line, 0U) << text;
    EXPECT_THAT(error.message, ::testing::Not(HasSubstr("SECRET"))) << text;
  }
}

TEST(Yaml, HasNoValueWhereThereAreOnlyComments) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "--- # nothing\n...\n", "~"}) {
    const auto roots = parse_yaml(text, 1);
    ASSERT_TRUE(roots.ok()) << text;
    EXPECT_THAT(*roots, IsEmpty()) << text;
  }
}

TEST(Yaml, ReadsForgivingly) {
  const YamlPointer root = one("a: {b: text, yes: on}\n");
  EXPECT_EQ((*root)["a"]["b"].string_or("x"), "text");
  EXPECT_EQ((*root)["a"]["none"]["deeper"].string_or("x"), "x");
  EXPECT_TRUE((*root)["a"]["yes"].is_true());
}

}  // namespace
}  // namespace validate
