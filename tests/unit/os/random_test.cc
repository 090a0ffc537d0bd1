#include "os/random.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "base/hex.h"

namespace os {
namespace {

TEST(Hex, IsLowerCaseTwoDigitsAByte) {
  EXPECT_EQ(base::to_hex(""), "");
  EXPECT_EQ(base::to_hex(std::string("\x00\x0f\xa0\xff", 4)), "000fa0ff");
}

TEST(Random, HexHasTheLengthAskedForAndDoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_hex(8);
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
  EXPECT_EQ(random_hex(0), "");
}

TEST(Random, UnitIsFromZeroToBelowOneAndSpreadOut) {
  int lower_half = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = random_unit();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    if (x < 0.5) ++lower_half;
  }
  EXPECT_NEAR(lower_half, 5000, 500);
}

}  // namespace
}  // namespace os
