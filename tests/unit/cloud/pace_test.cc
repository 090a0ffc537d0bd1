#include "cloud/pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "base/time_format.h"
#include "os/fake_clock.h"

namespace cloud {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class PaceTest : public ::testing::Test {
 protected:
  std::optional<Pace::Refusal> admit() { return pace_.admit({}); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) pace_.unanswered("connection refused");
  }

  os::FakeClock clock_{*base::parse_rfc3339("2026-06-08T02:39:00Z")};
  Pace pace_{clock_};
};

TEST_F(PaceTest, ManyRequestsAtOnceAreSpreadBelowTheLimitOfThePlatform) {
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(admit());
  std::atomic<bool> admitted = false;
  std::jthread next([&] {
    (void)admit();
    admitted = true;
  });
  while (clock_.sleepers() == 0) std::this_thread::yield();
  EXPECT_FALSE(admitted);
  clock_.advance(milliseconds(10));
  next.join();
  EXPECT_TRUE(admitted);
}

TEST_F(PaceTest, AThrottledEndpointIsLeftAloneForAllUntilThePauseIsOver) {
  EXPECT_FALSE(admit());
  pace_.throttled(seconds(30));
  const auto refused = admit();
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->throttled);
  EXPECT_EQ(refused->wait, seconds(30));
  clock_.advance(seconds(30));
  EXPECT_FALSE(admit());
}

TEST_F(PaceTest, WithoutARetryAfterThePausesGrow) {
  std::vector<double> waits;
  for (int i = 0; i < 8; ++i) {
    pace_.throttled(std::nullopt);
    waits.push_back(std::chrono::duration<double>(admit()->wait).count());
    clock_.advance(minutes(2));
  }
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const double usual = std::min(60.0, static_cast<double>(1U << i));
    EXPECT_GE(waits[i], usual);
    EXPECT_LE(waits[i], usual * 1.2);
  }
}

TEST_F(PaceTest, OneOrTwoLostResponsesAreNoReasonToWait) {
  fail(2);
  EXPECT_FALSE(admit());
}

TEST_F(PaceTest, AnEndpointThatDoesNotRespondIsTriedWithOneRequestAtATime) {
  fail(3);
  const auto refused = admit();
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->throttled);
  EXPECT_THAT(refused->message, HasSubstr("last 3 requests (connection refused)"));
  clock_.advance(seconds(6));
  EXPECT_FALSE(admit());
  EXPECT_TRUE(admit()) << "the one request is on its way";
  pace_.unanswered("connection refused");
  EXPECT_TRUE(admit());
  clock_.advance(seconds(12));
  EXPECT_FALSE(admit());
  pace_.answered();
  EXPECT_FALSE(admit());
  EXPECT_FALSE(admit());
}

TEST_F(PaceTest, AProbeThatWasCancelledLeavesItToTheNext) {
  fail(3);
  clock_.advance(seconds(6));
  EXPECT_FALSE(admit());
  pace_.abandoned();
  EXPECT_FALSE(admit());
}

}  // namespace
}  // namespace cloud
