#include "controller/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace controller {
namespace {

using ::testing::ElementsAre;

const base::BootTime kStart{std::chrono::hours(1)};

TEST(Turns, LeavesTheOrderAsItIsWithinOneNamespace) {
  EXPECT_THAT(Turns().order({{"c", "x"}, {"a", "x"}, {"b", "x"}}), ElementsAre(0, 1, 2));
}

TEST(Turns, GivesEachNamespaceOneBeforeAnyGetsASecond) {
  EXPECT_THAT(Turns().order({{"a1", "a"}, {"a2", "a"}, {"a3", "a"}, {"b1", "b"}, {"c1", "c"}, {"c2", "c"}}),
              ElementsAre(0, 3, 4, 1, 5, 2));
}

TEST(Turns, BeginsWithWhoHadNoneForTheLongestTime) {
  Turns turns;
  const std::vector<Turns::Entry> all{{"a1", "a"}, {"a2", "a"}, {"b1", "b"}};
  turns.had(all[0], kStart);
  EXPECT_THAT(turns.order(all), ElementsAre(2, 1, 0));
  turns.had(all[2], kStart + std::chrono::seconds(1));
  EXPECT_THAT(turns.order(all), ElementsAre(1, 2, 0));
}

TEST(Turns, ForgetsWhoIsGone) {
  Turns turns;
  turns.had({"a1", "a"}, kStart);
  turns.keep({});
  EXPECT_THAT(turns.order({{"a1", "a"}, {"b1", "b"}}), ElementsAre(0, 1));
}

}  // namespace
}  // namespace controller
