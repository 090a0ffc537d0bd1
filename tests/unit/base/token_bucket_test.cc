#include "base/token_bucket.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::seconds;

const BootTime kStart{std::chrono::hours(1)};

TEST(TokenBucket, GivesABurstAndThenOneInAWhile) {
  TokenBucket bucket(3, seconds(10));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(bucket.next(kStart));
    bucket.spend(kStart);
  }
  EXPECT_EQ(bucket.next(kStart), kStart + seconds(10));
  EXPECT_FALSE(bucket.next(kStart + seconds(10)));
  EXPECT_EQ(bucket.next(kStart, 2), kStart + seconds(20));
}

TEST(TokenBucket, IsNeverFullerThanItsBurst) {
  TokenBucket bucket(3, seconds(10));
  bucket.spend(kStart);
  EXPECT_EQ(bucket.tokens(kStart + std::chrono::hours(24)), 3);
}

TEST(TokenBucket, CanBeInDebt) {
  TokenBucket bucket(1, seconds(10));
  bucket.spend(kStart, 3);
  EXPECT_EQ(bucket.next(kStart), kStart + seconds(30));
}

}  // namespace
}  // namespace base
