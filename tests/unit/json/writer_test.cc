#include "json/writer.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

#include "json/value.h"

namespace json {
namespace {

TEST(JsonWriter, WritesNestedValuesWithCommasWhereTheyBelong) {
  Writer w;
  w.begin_object().member("name", "a").key("sizes").begin_array().value(1).value(2).end_array();
  w.key("empty").begin_object().end_object().key("none").begin_array().end_array();
  w.key("list").begin_array().begin_object().end_object().begin_object().member("x", true).end_object().end_array();
  w.key("null").null().end_object();
  EXPECT_EQ(w.text(), R"({"name":"a","sizes":[1,2],"empty":{},"none":[],"list":[{},{"x":true}],"null":null})");
}

TEST(JsonWriter, WritesEachTypeAsItself) {
  Writer w;
  w.begin_array().value(true).value(false).value(INT64_MIN).value(UINT64_MAX).value("c").value(std::string("s"));
  w.value(std::string_view("v")).raw("{\"r\":1.5}").end_array();
  EXPECT_EQ(w.take(), R"([true,false,-9223372036854775808,18446744073709551615,"c","s","v",{"r":1.5}])");
}

TEST(JsonWriter, EscapesKeysAndStrings) {
  Writer w;
  w.begin_object().member("a\"\n", "b\\\x01\xff").end_object();
  EXPECT_EQ(w.text(), "{\"a\\\"\\n\":\"b\\\\\\u0001\xEF\xBF\xBD\"}");
}

TEST(JsonWriter, IsReadBackAsItWasWritten) {
  std::string every;
  for (int c = 1; c < 128; ++c) every += static_cast<char>(c);
  every += "é一🔑";
  Writer w;
  w.begin_object().member(every, every).end_object();
  const auto document = Document::parse(w.text());
  ASSERT_TRUE(document.ok());
  EXPECT_EQ((*document)[every].string(), every);
}

}  // namespace
}  // namespace json
