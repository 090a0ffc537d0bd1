#include "json/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace json {
namespace {

using ::testing::ElementsAre;

Document parse(std::string_view text) {
  auto document = Document::parse(text);
  if (!document) throw std::runtime_error(document.error().message);
  return std::move(document).value();
}

TEST(JsonValue, ReadsWhatIsThere) {
  const Document d = parse(R"({"s":"a\u00e9\n\"","i":-7,"b":true,"n":null,"o":{"a":{"b":"deep"}},"l":[1,"x",{}]})");
  EXPECT_EQ(d["s"].string(), "aé\n\"");
  EXPECT_EQ(d["i"].integer(), -7);
  EXPECT_EQ(d["b"].boolean(), true);
  EXPECT_TRUE(d["n"].is_null());
  EXPECT_TRUE(d["o"].is_object());
  EXPECT_TRUE(d["l"].is_array());
  EXPECT_EQ(d.root().path("o.a.b").string(), "deep");
  EXPECT_EQ(d["l"].size(), 3U);
  EXPECT_EQ(d["l"].items().size(), 3U);
  EXPECT_EQ(d["l"].items()[1].string(), "x");
}

TEST(JsonValue, ReadsAsNullWhatIsAbsentOrOfAnotherType) {
  const Document d = parse(R"({"s":"x","i":1,"l":[1]})");
  EXPECT_TRUE(d["absent"].is_null());
  EXPECT_FALSE(d["absent"]);
  EXPECT_TRUE(d.root().path("s.x.y").is_null());
  EXPECT_TRUE(d["i"]["x"].is_null());
  EXPECT_TRUE(d["l"]["x"].is_null());
  EXPECT_EQ(d["i"].string(), std::nullopt);
  EXPECT_EQ(d["s"].integer(), std::nullopt);
  EXPECT_EQ(d["s"].boolean(), std::nullopt);
  EXPECT_TRUE(d["s"].items().empty());
  EXPECT_EQ(d["s"].size(), 0U);
  EXPECT_TRUE(d["l"].members().empty());
  const Value nothing;
  EXPECT_TRUE(nothing.is_null());
  EXPECT_TRUE(nothing["x"].is_null());
  EXPECT_TRUE(nothing.items().empty());
  EXPECT_TRUE(nothing.members().empty());
  EXPECT_FALSE(nothing.is_object());
  EXPECT_FALSE(nothing.is_array());
}

TEST(JsonValue, HasDefaults) {
  const Document d = parse(R"({"s":"x","i":1,"b":true,"n":null})");
  EXPECT_EQ(d["s"].string_or("other"), "x");
  EXPECT_EQ(d["n"].string_or("other"), "other");
  EXPECT_EQ(d["i"].integer_or(9), 1);
  EXPECT_EQ(d["s"].integer_or(9), 9);
  EXPECT_TRUE(d["b"].boolean_or(false));
  EXPECT_TRUE(d["absent"].boolean_or(true));
}

TEST(JsonValue, ReadsIntegersOf64BitsAndNoOthers) {
  const Document d = parse(R"([9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e3])");
  const auto items = d.root().items();
  EXPECT_EQ(items[0].integer(), INT64_MAX);
  EXPECT_EQ(items[1].integer(), INT64_MIN);
  EXPECT_EQ(items[2].integer(), std::nullopt);
  EXPECT_EQ(items[3].integer(), std::nullopt);
  EXPECT_EQ(items[4].integer(), std::nullopt);
}

TEST(JsonValue, KeepsTheOrderOfMembers) {
  const Document d = parse(R"({"z":1,"a":2,"m":3})");
  std::vector<std::string> keys;
  for (const auto& [key, value] : d.root().members()) keys.emplace_back(key);
  EXPECT_THAT(keys, ElementsAre("z", "a", "m"));
}

TEST(JsonValue, WritesItselfCompactly) {
  EXPECT_EQ(parse(" { \"b\" : [ 1 , true , null , \"x\\n\\\"é\" ] , \"a\" : { } } ").root().dump(),
            "{\"b\":[1,true,null,\"x\\n\\\"é\"],\"a\":{}}");
  EXPECT_EQ(parse(R"({"a":[1,2]})")["a"].dump(), "[1,2]");
  EXPECT_EQ(Value().dump(), "null");
}

TEST(JsonDocument, OutlivesItsTextAndMoves) {
  std::string text = R"({"s":"value"})";
  Document first = parse(text);
  const Value s = first["s"];
  text.assign(text.size(), ' ');
  Document second = std::move(first);
  EXPECT_EQ(s.string(), "value");
  first = parse(R"({"s":"other"})");
  EXPECT_EQ(second["s"].string(), "value");
  EXPECT_EQ(first["s"].string(), "other");
}

TEST(JsonDocument, TakesAnyValueAsRoot) {
  EXPECT_EQ(parse("7").root().integer(), 7);
  EXPECT_EQ(parse("\"x\"").root().string(), "x");
  EXPECT_TRUE(parse("null").root().is_null());
  EXPECT_EQ(parse("[]").root().items().size(), 0U);
}

TEST(JsonDocument, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "01", "tru", "\"\n\"", "\"\xff\"", "{} x", "nan"}) {
    const auto document = Document::parse(text);
    ASSERT_FALSE(document.ok()) << text;
    EXPECT_FALSE(document.error().message.empty());
  }
}

TEST(JsonDocument, RefusesNestingWithoutEnd) {
  EXPECT_FALSE(Document::parse(std::string(100'000, '[')).ok());
  EXPECT_FALSE(Document::parse(std::string(5000, '[') + std::string(5000, ']')).ok());
}

}  // namespace
}  // namespace json
