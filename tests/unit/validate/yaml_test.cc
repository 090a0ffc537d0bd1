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
      {".", Type::kString},       {"2026-06-08", Type::kString}, {"0o17", Type::kInteger},
      {"0b11", Type::kInteger},   {"0x1G", Type::kString},       {"12:30:45", Type::kString},
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
  const YamlPointer root = one("base: &b {x: 1, w: 2}\nsame: *b\nmore: {<<: *b, w: 3}\nboth: {<<: [*b, {z: 4}]}\n");
  EXPECT_EQ((*root)["same"]["x"].text, "1");
  EXPECT_EQ((*root)["more"]["x"].text, "1");
  EXPECT_EQ((*root)["more"]["w"].text, "3");
  EXPECT_EQ((*root)["both"]["z"].text, "4");
  EXPECT_EQ((*root)["more"].find("<<"), nullptr);
}

TEST(Yaml, RefusesWhatWouldNotEnd) {
  EXPECT_THAT(error_of("a: &a [*a]").message, HasSubstr("an alias is used inside the value that it refers to"));
  std::string laughs = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*l" + std::to_string(i - 1);
    laughs += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += (j > 0 ? ", " : "") + before;
    laughs += "]\n";
  }
  EXPECT_THAT(error_of(laughs).message, HasSubstr("aliases expand to too much"));
  EXPECT_FALSE(parse_yaml(std::string(100'000, '['), 1).ok());
  for (const char* stuck : {"---\n,a: b\n", ",", "a: b\n---\n, c", "]", "}"})
    EXPECT_FALSE(parse_yaml(stuck, 1).ok()) << stuck;
  EXPECT_FALSE(parse_yaml(std::string(100'000, '{'), 1).ok());
}

TEST(Yaml, NamesTheLineOfWhatIsWrongAndNothingOfTheText) {
  const YamlError twice = error_of("a: 1\nb: 2\na: SECRET\n", 5);
  EXPECT_EQ(twice.line, 7U);
  EXPECT_THAT(twice.message, HasSubstr("is a duplicate of the key on line 5"));
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

/// What kubectl makes of each was seen with its reader (apimachinery 0.35, YAMLOrJSONDecoder).
TEST(Yaml, IsReadAsKubectlReadsIt) {
  EXPECT_EQ((*one("{\"a\": \"\\ud83d\\ude00\", \"b\": \"\\ud83d\"}"))["a"].text, "\xF0\x9F\x98\x80");
  EXPECT_EQ((*one("{\"a\": \"\\ud83d\"}"))["a"].text, "\xEF\xBF\xBD") << "half of a pair";
  EXPECT_EQ((*one("{\n\t\"a\":\n\t\"b\"}"))["a"].line, 3U) << "JSON may be indented with tabs";
  EXPECT_EQ((*one("{a: b}"))["a"].text, "b") << "no JSON, but YAML";
  EXPECT_EQ((*one("{\"a\": \"b\",}"))["a"].text, "b");
  EXPECT_EQ(parse_yaml("{\"a\":1}\n{\"a\":2}", 1)->size(), 2U) << "one value of JSON behind the other";
  EXPECT_EQ((*one("a: !!binary |\n  YWJj\n  ZGVm\n"))["a"].text, "abcdef");
  EXPECT_EQ((*one("a: !vault |\n  x\n"))["a"].text, "x\n");
  EXPECT_NE(one("y: 1\nno: 2\n")->find("true"), nullptr) << "keys are texts in JSON";
  EXPECT_EQ((*one("a: b\rc: d\r"))["c"].text, "d");
  EXPECT_EQ((*one("\xEF\xBB\xBF"
                  "a: b\n"))["a"]
                .text,
            "b");
  EXPECT_EQ((*one("--- # comment\na: b\n"))["a"].text, "b");
  const std::vector<std::pair<std::string, std::string>> refused{
      {"a: \"\\ud83d\\ude00\"\n", "unicode"},
      {"a: !!binary YW Jj\n", "!!binary"},
      {"%YAML 1.1\n", "a directive"},
      {"# comment\n%TAG ! tag:x,2000:\n", "a directive"},
      {"--- a: b\n", "text after ---"},
      {"a: |\n-----BEGIN CERTIFICATE-----\n", "not indented"},
      {"a: b\n...\nc: d\n", "kubectl ignores"},
      {"a: \xE4\n", "not UTF-8"},
      {"a: \xED\xA0\x80\n", "not UTF-8"},
      {"a: b # \x01\n", "a control character"},
      {std::string("a: b\n\0", 6), "a control character"},
      {"a: \xEF\xBB\xBF"
       "b\n",
       "byte order mark"},
      {std::string("\xFF\xFE"
                   "a\0",
                   4),
       "UTF-16"},
      {"a: {{ .Values.x }}\n", "a template that has not been rendered"},
      {"a: b\n{%- if x %}\nc: d\n{%- endif %}\n", "a template that has not been rendered"},
      {"a: b\n<<<<<<< ours\nc: d\n", "an unresolved merge conflict"},
  };
  for (const auto& [text, message] : refused) EXPECT_THAT(error_of(text).message, HasSubstr(message)) << text;
  EXPECT_EQ(error_of("a: b\nc: \x02\n", 5).line, 6U);
}

TEST(Yaml, ReadsForgivingly) {
  const YamlPointer root = one("a: {b: text, c: on}\n");
  EXPECT_EQ((*root)["a"]["b"].string_or("x"), "text");
  EXPECT_EQ((*root)["a"]["none"]["deeper"].string_or("x"), "x");
  EXPECT_TRUE((*root)["a"]["c"].is_true());
}

}  // namespace
}  // namespace validate
