#include "server/seats.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace server {
namespace {

/// Takes seats for connections that are known by name, and notes which lose theirs.
class SeatsTest : public ::testing::Test {
 protected:
  Seats::Id take(const std::string& name, const std::string& address) {
    return seats_.take(address, [this, name] { ended_.push_back(name); });
  }

  Seats seats_{4};
  std::vector<std::string> ended_;
};

using Names = std::vector<std::string>;

TEST_F(SeatsTest, HoldAsManyAsThereAre) {
  take("a1", "a");
  take("a2", "a");
  take("b1", "b");
  take("c1", "c");
  EXPECT_EQ(ended_, Names{});
}

TEST_F(SeatsTest, GiveOneAddressAtMostHalf) {
  take("a1", "a");
  take("a2", "a");
  take("a3", "a");
  take("a4", "a");
  EXPECT_EQ(ended_, (Names{"a1", "a2"}));
}

TEST_F(SeatsTest, AreTakenFromTheAddressThatHasTheMost) {
  take("b1", "b");
  take("a1", "a");
  take("a2", "a");
  take("c1", "c");
  take("d1", "d");
  EXPECT_EQ(ended_, Names{"a1"});
}

TEST_F(SeatsTest, AreKeptByWhatHadARequestTheLast) {
  const Seats::Id first = take("a1", "a");
  take("a2", "a");
  seats_.refresh(first);
  take("a3", "a");
  EXPECT_EQ(ended_, Names{"a2"});
}

TEST_F(SeatsTest, AreFreeOnceLeft) {
  const Seats::Id first = take("a1", "a");
  take("a2", "a");
  seats_.leave(first);
  take("a3", "a");
  EXPECT_EQ(ended_, Names{});
}

TEST_F(SeatsTest, AreLostOnce) {
  const Seats::Id first = take("a1", "a");
  take("a2", "a");
  take("a3", "a");
  seats_.refresh(first);
  seats_.leave(first);
  take("a4", "a");
  EXPECT_EQ(ended_, (Names{"a1", "a2"}));
}

}  // namespace
}  // namespace server
