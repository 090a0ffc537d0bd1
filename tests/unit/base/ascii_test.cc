#include "base/ascii.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace base {
namespace {

TEST(Ascii, KnowsHexDigitsOfEitherCase) {
  EXPECT_EQ(hex_digit('0'), 0);
  EXPECT_EQ(hex_digit('9'), 9);
  EXPECT_EQ(hex_digit('a'), 10);
  EXPECT_EQ(hex_digit('F'), 15);
  for (const char c : {'g', 'G', ' ', '\0', '/', ':', '@', '`'}) EXPECT_EQ(hex_digit(c), -1) << c;
}

TEST(Ascii, HasNoLettersBeyondIt) {
  EXPECT_TRUE(consists_of("AZaz09", is_alphanumeric));
  EXPECT_FALSE(consists_of("ä", is_alphanumeric));
  EXPECT_FALSE(consists_of("", is_alphanumeric)) << "nothing consists of nothing";
  EXPECT_TRUE(consists_of("QUI+/w==", is_base64));
  EXPECT_FALSE(consists_of("QUI-_w", is_base64));
}

}  // namespace
}  // namespace base
