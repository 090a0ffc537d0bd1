#include "simulator/identifiers.h"

#include <chrono>
#include <gtest/gtest.h>

namespace simulator {
namespace {

constexpr base::SystemTime kNow{std::chrono::seconds(1'780'000'000)};

TEST(Identifiers, GrowEvenIfTheClockStandsStillOrGoesBack) {
  Identifiers ids;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.next(kNow - std::chrono::seconds(i / 2));
    EXPECT_TRUE(is_identifier(id)) << id;
    EXPECT_GT(id, last);
    last = id;
  }
}

TEST(Identifiers, StartWithTheTime) {
  Identifiers ids;
  EXPECT_EQ(ids.next(kNow + std::chrono::milliseconds(500)).substr(0, 16), "6a18a50080000000");
}

TEST(Identifiers, GrowOverThoseOfAnEarlierRun) {
  Identifiers earlier;
  const std::string id = earlier.next(kNow + std::chrono::hours(1));
  Identifiers ids;
  ids.skip_to(id);
  EXPECT_GT(ids.next(kNow), id);
}

TEST(Identifiers, AreTwentyFourLowerCaseHexCharacters) {
  EXPECT_TRUE(is_identifier("0123456789abcdef01234567"));
  EXPECT_FALSE(is_identifier("0123456789ABCDEF01234567"));
  EXPECT_FALSE(is_identifier("0123456789abcdef0123456"));
}

}  // namespace
}  // namespace simulator
