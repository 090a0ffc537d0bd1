#include "base/number.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Integer, IsTheWholeText) {
  EXPECT_EQ(parse_integer<int>("42"), 42);
  EXPECT_EQ(parse_integer<int>("-42"), -42);
  for (const char* text : {"", " 42", "42 ", "+42", "4.2", "0x2a", "a"}) {
    EXPECT_EQ(parse_integer<int>(text), std::nullopt) << text;
  }
}

TEST(Integer, FitsItsType) {
  EXPECT_EQ(parse_integer<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_integer<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(parse_integer<std::uint8_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_integer<std::uint64_t>("18446744073709551616"), std::nullopt);
}

}  // namespace
}  // namespace base
