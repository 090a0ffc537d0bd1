#include "os/clock.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "base/time_format.h"
#include "os/fake_clock.h"

namespace os {
namespace {

using namespace std::chrono_literals;

const base::SystemTime kStart = base::parse_rfc3339("2026-01-02T03:04:05Z").value();

/// Lets other threads run until `done`; a test that hangs here is ended by its timeout.
template <class Condition>
void wait_for(const Condition& done) {
  while (!done()) std::this_thread::yield();
}

TEST(RealClock, ShowsTheTimeOfTheMachine) {
  const RealClock clock;
  EXPECT_GT(clock.system_now(), base::parse_rfc3339("2025-01-01T00:00:00Z"));
  const base::BootTime before = clock.boot_now();
  EXPECT_GE(clock.boot_now(), before);
}

TEST(RealClock, SleepsAtLeastUntilTheDeadline) {
  RealClock clock;
  const base::BootTime deadline = clock.boot_now() + 5ms;
  EXPECT_TRUE(clock.sleep_until(deadline, {}));
  EXPECT_GE(clock.boot_now(), deadline);
  EXPECT_TRUE(clock.sleep_until(deadline, {})) << "a deadline in the past returns at once";
}

TEST(RealClock, WakesFromAnEndlessSleepWhenItIsStopped) {
  RealClock clock;
  std::atomic<bool> asleep = false;
  std::atomic<int> returned = -1;
  std::jthread sleeper([&](std::stop_token stop) {
    asleep = true;
    returned = clock.sleep_for(base::Duration::max(), stop) ? 1 : 0;
  });
  wait_for([&] { return asleep.load(); });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_EQ(returned, 0);
}

TEST(RealClock, WaitsForANotificationNoLongerThanTheDeadline) {
  RealClock clock;
  Mutex mutex;
  ConditionVariable changed;
  const base::BootTime deadline = clock.boot_now() + 5ms;
  {
    const MutexLock lock(mutex);
    while (clock.boot_now() < deadline) clock.wait_until(mutex, changed, deadline, {});
  }
  std::stop_source stop;
  stop.request_stop();
  const MutexLock lock(mutex);
  clock.wait_until(mutex, changed, base::BootTime::max(), stop.get_token());  // returns at once
}

TEST(FakeClock, StandsStillUntilItIsAdvanced) {
  FakeClock clock(kStart);
  const base::BootTime boot = clock.boot_now();
  EXPECT_EQ(clock.system_now(), kStart);
  clock.advance(90s);
  EXPECT_EQ(clock.system_now(), kStart + 90s);
  EXPECT_EQ(clock.boot_now(), boot + 90s);
}

TEST(FakeClock, WakesASleeperOnceItsDeadlineIsReached) {
  FakeClock clock(kStart);
  std::atomic<bool> woke = false;
  std::jthread sleeper([&](std::stop_token stop) { woke = clock.sleep_for(10s, std::move(stop)); });
  wait_for([&] { return clock.sleepers() == 1; });
  clock.advance(9s);
  EXPECT_EQ(clock.sleepers(), 1);
  EXPECT_FALSE(woke);
  clock.advance(1s);
  sleeper.join();
  EXPECT_TRUE(woke);
  EXPECT_EQ(clock.sleepers(), 0);
}

TEST(FakeClock, WakesASleeperThatIsStopped) {
  FakeClock clock(kStart);
  std::atomic<bool> came = true;
  std::jthread sleeper([&](std::stop_token stop) { came = clock.sleep_for(10s, std::move(stop)); });
  wait_for([&] { return clock.sleepers() == 1; });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_FALSE(came);
}

class FakeClockWait : public ::testing::Test {
 protected:
  /// Waits in a thread of its own for `ready`, ten seconds of the clock at the most.
  std::jthread waiter() {
    return std::jthread([this](std::stop_token stop) {
      const MutexLock lock(mutex);
      const base::BootTime deadline = clock.boot_now() + 10s;
      while (!ready && clock.boot_now() < deadline && !stop.stop_requested()) {
        clock.wait_until(mutex, changed, deadline, stop);
      }
      ended_ready = ready;
      ended = true;
    });
  }

  FakeClock clock{kStart};
  Mutex mutex;
  ConditionVariable changed;
  bool ready GUARDED_BY(mutex) = false;
  std::atomic<bool> ended = false;
  std::atomic<bool> ended_ready = false;
};

TEST_F(FakeClockWait, EndsWithANotification) {
  std::jthread thread = waiter();
  wait_for([&] { return clock.sleepers() == 1; });
  {
    const MutexLock lock(mutex);
    ready = true;
  }
  changed.notify_all();
  thread.join();
  EXPECT_TRUE(ended_ready);
  EXPECT_EQ(clock.sleepers(), 0);
}

TEST_F(FakeClockWait, EndsWithItsDeadline) {
  std::jthread thread = waiter();
  wait_for([&] { return clock.sleepers() == 1; });
  clock.advance(9s);
  EXPECT_FALSE(ended);
  clock.advance(1s);
  thread.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(ended_ready);
}

TEST_F(FakeClockWait, EndsWhenItIsStopped) {
  std::jthread thread = waiter();
  wait_for([&] { return clock.sleepers() == 1; });
  thread.request_stop();
  thread.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(ended_ready);
}

}  // namespace
}  // namespace os
