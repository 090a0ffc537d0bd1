#include "base/backoff.h"

#include <gtest/gtest.h>
#include <set>

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsMaximum) {
  Backoff backoff({.min = 1s, .max = 10s});
  EXPECT_EQ(backoff.next(), 1s);
  EXPECT_EQ(backoff.next(), 2s);
  EXPECT_EQ(backoff.next(), 4s);
  EXPECT_EQ(backoff.next(), 8s);
  EXPECT_EQ(backoff.next(), 10s);
  EXPECT_EQ(backoff.next(), 10s);
  EXPECT_EQ(backoff.failures(), 6);
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff({.min = 1s, .max = 10s});
  (void)backoff.next();
  (void)backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.failures(), 0);
  EXPECT_EQ(backoff.next(), 1s);
}

TEST(Backoff, SpreadsDelaysByItsJitterAndNeverShortensThem) {
  std::set<Duration> seen;
  for (int i = 0; i < 200; ++i) {
    Backoff backoff({.min = 1s, .max = 10s, .jitter = 0.5});
    const Duration delay = backoff.next();
    EXPECT_GE(delay, 1s);
    EXPECT_LT(delay, 1500ms);
    seen.insert(delay);
  }
  EXPECT_GT(seen.size(), 100U);
}

TEST(BackoffDelay, StaysAtTheMaximumForAnyNumberOfFailures) {
  EXPECT_EQ(backoff_delay({.min = 800ms, .max = 30s}, 1), 800ms);
  EXPECT_EQ(backoff_delay({.min = 800ms, .max = 30s}, 6), 25600ms);
  EXPECT_EQ(backoff_delay({.min = 800ms, .max = 30s}, 7), 30s);
  EXPECT_EQ(backoff_delay({.min = 800ms, .max = 30s}, 1'000'000), 30s);
  EXPECT_EQ(backoff_delay({.min = 5s, .max = 1s}, 1), 1s);
}

}  // namespace
}  // namespace base
