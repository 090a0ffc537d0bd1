#include "base/backoff.h"

#include <cmath>
#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsMaximum) {
  Backoff backoff({.min = 1s, .max = 10s});
  EXPECT_EQ(backoff.next(0), 1s);
  EXPECT_EQ(backoff.next(0), 2s);
  EXPECT_EQ(backoff.next(0), 4s);
  EXPECT_EQ(backoff.next(0), 8s);
  EXPECT_EQ(backoff.next(0), 10s);
  EXPECT_EQ(backoff.next(0), 10s);
  EXPECT_EQ(backoff.failures(), 6);
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff({.min = 1s, .max = 10s});
  (void)backoff.next(0);
  (void)backoff.next(0);
  backoff.reset();
  EXPECT_EQ(backoff.failures(), 0);
  EXPECT_EQ(backoff.next(0), 1s);
}

TEST(Backoff, SpreadsDelaysByItsJitterAndNeverShortensThem) {
  Backoff backoff({.min = 1s, .max = 10s, .jitter = 0.5});
  EXPECT_EQ(backoff.next(0), 1s);
  EXPECT_EQ(backoff.next(0.5), 2500ms);
  EXPECT_LT(backoff.next(std::nextafter(1.0, 0.0)), 6s);
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
