#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace base {
namespace {

using ::testing::ElementsAre;

TEST(Text, TrimsSpaceAtBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsAtEverySeparator) {
  EXPECT_THAT(split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Text, IgnoresTheCaseOfAsciiLettersOnly) {
  EXPECT_EQ(to_lower("ABCxyz019-Ä"), "abcxyz019-Ä");
  EXPECT_TRUE(equals_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equals_ignoring_case("Content-Type", "content-typ"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
}

TEST(Text, TruncatesAtACharacterAndMarksIt) {
  EXPECT_EQ(truncate("hello", 5), "hello");
  EXPECT_EQ(truncate("hello!", 5), "he…");
  EXPECT_EQ(truncate("äöüß", 8), "äöüß");
  EXPECT_EQ(truncate("äöüß", 7), "äö…");
  EXPECT_EQ(truncate("äöüß", 6), "ä…");
  EXPECT_EQ(truncate("abc", 2), "");
  EXPECT_EQ(truncate("abcd", 3), "…");
  EXPECT_EQ(truncate("", 0), "");
  EXPECT_LE(truncate(std::string(100, '\xff'), 10).size(), 10U);
}

TEST(Printable, LeavesNothingThatIsNotSeenAsItIs) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", ""},
      {"plain text, müller 一🔑", "plain text, müller 一🔑"},
      {"two\r\nlines\tand a tab", "two  lines and a tab"},
      {std::string("\0\x1b\x7f", 3), "\\x00\\x1b\\x7f"},
      {"\u0080\u0085\u009b\u009f", "\\u0080\\u0085\\u009b\\u009f"},
      {"a\u00adb\u200bc\u2028d", "a\\u00adb\\u200bc\\u2028d"},
      {"\u061c\u200e\u202e\u2066\u2069", "\\u061c\\u200e\\u202e\\u2066\\u2069"},
      {"\ufeff\ufffe\uffff\ufdd0\ufdef", "\\ufeff\\ufffe\\uffff\\ufdd0\\ufdef"},
      {"\U0001fffe\U0010ffff\U000e0041", "\\U0001fffe\\U0010ffff\\U000e0041"},
      {"\ufffd\ufdcf\ue000", "\ufffd\ufdcf\ue000"},
      {"latin \xe4, cut \xe2\x82, surrogate \xed\xa0\x80", "latin \\xe4, cut \\xe2\\x82, surrogate \\xed\\xa0\\x80"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(printable(text), expected);
    EXPECT_EQ(printable(expected), expected) << "a second time";
  }
}

const std::vector<std::pair<std::string, std::string>> kEscapes{
    {"", ""},
    {"plain text/", "plain text/"},
    {"\"\\", R"(\"\\)"},
    {"a\nb\tc\rd", R"(a\nb\tc\rd)"},
    {std::string("\0\x01\x1f\x7f", 4), R"(\u0000\u0001\u001f\u007f)"},
    {"é一🔑", "é一🔑"},
    {"\n\n", R"(\n\n)"},
    // Valid in JSON as it is, but not in YAML, or not to be seen.
    {"a\u0080\u009b\ufffe\uffff\ufeff\u202e", R"(a\u0080\u009b\ufffe\uffff\ufeff\u202e)"},
    {"\U0001fffe", R"(\ud83f\udffe)"},
    {"end\\", R"(end\\)"},
    // What is no UTF-8 (RFC 3629): stray, cut off, overlong, surrogates, too high.
    {"\x80", "\xEF\xBF\xBD"},
    {"a\xC3", "a\xEF\xBF\xBD"},
    {"\xE4\xB8", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF0\x80\x80\x80z", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"},
    {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xFF\xFE", "\xEF\xBF\xBD\xEF\xBF\xBD"},
};

TEST(HostKey, ComparesNamesAsDnsDoes) {
  EXPECT_EQ(host_key("MQTT.Example.com."), "mqtt.example.com");
  EXPECT_EQ(host_key("mqtt.example.com"), "mqtt.example.com");
  EXPECT_EQ(host_key("a.."), "a.");
  EXPECT_EQ(host_key(""), "");
}

TEST(JsonEscaping, MakesTheInsideOfAString) {
  for (const auto& [text, expected] : kEscapes) {
    std::string out = "before:";
    append_json_escaped(out, text);
    EXPECT_EQ(out, "before:" + expected);
  }
}

TEST(JsonEscaping, IsTheSameForSecrets) {
  for (const auto& [text, expected] : kEscapes) {
    Secret out = Secret::copy_of("before:");
    append_json_escaped(out, text);
    EXPECT_EQ(out.view(), "before:" + expected);
  }
}

}  // namespace
}  // namespace base
