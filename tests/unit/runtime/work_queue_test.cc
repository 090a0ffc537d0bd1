#include "runtime/work_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "os/fake_clock.h"
#include "os/mutex.h"

namespace runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::SizeIs;

class Times final : public WorkQueue::Observer {
 public:
  void waited(double duration) override { waits.push_back(duration); }
  void worked(double duration) override { works.push_back(duration); }
  std::vector<double> waits;
  std::vector<double> works;
};

class WorkQueueTest : public testing::Test {
 protected:
  /// A key that is there now; "" if take() would wait.
  std::string take_now() {
    // A delayed key becomes ready in take() only, so ask with a token that is stopped as soon as it would wait.
    std::stop_source stop;
    std::jthread watcher([&](const std::stop_token& done) {
      while (!done.stop_requested() && clock_.sleepers() == 0) std::this_thread::yield();
      stop.request_stop();
    });
    std::optional<std::string> key = queue_.take(stop.get_token());
    return key.value_or("");
  }

  os::FakeClock clock_{base::SystemTime{std::chrono::hours(500'000)}};
  Times times_;
  WorkQueue queue_{clock_, &times_};
};

TEST_F(WorkQueueTest, KeysComeInTheirOrderAndEachOnce) {
  queue_.add("a");
  queue_.add("b");
  queue_.add("a");
  EXPECT_EQ(queue_.stats().depth, 2U);
  EXPECT_EQ(queue_.stats().adds, 2U);
  EXPECT_EQ(take_now(), "a");
  EXPECT_EQ(take_now(), "b");
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, AKeyAddedWhileWorkedOnComesAgainAfterwards) {
  queue_.add("a");
  EXPECT_EQ(take_now(), "a");
  queue_.add("a");
  queue_.add("a");
  EXPECT_EQ(take_now(), "") << "never with two workers at once";
  queue_.done("a");
  EXPECT_EQ(take_now(), "a");
  queue_.done("a");
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, ADelayedKeyComesWhenItIsDue) {
  queue_.add_after("a", seconds(10));
  EXPECT_EQ(take_now(), "");
  EXPECT_EQ(queue_.stats().depth, 0U);
  clock_.advance(seconds(10) - milliseconds(1));
  EXPECT_EQ(take_now(), "");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, TheEarliestOfSeveralDelaysWins) {
  queue_.add_after("a", seconds(10));
  queue_.add_after("a", seconds(5));
  queue_.add_after("a", seconds(20));
  clock_.advance(seconds(5));
  EXPECT_EQ(take_now(), "a");
  queue_.done("a");
  clock_.advance(minutes(1));
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, ADelayOfZeroIsNow) {
  queue_.add_after("a", seconds(0));
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, DueKeysComeInTheOrderOfTheirTimes) {
  queue_.add_after("late", seconds(3));
  queue_.add_after("soon", seconds(1));
  queue_.add_after("middle", seconds(2));
  clock_.advance(seconds(3));
  EXPECT_EQ(take_now(), "soon");
  EXPECT_EQ(take_now(), "middle");
  EXPECT_EQ(take_now(), "late");
}

TEST_F(WorkQueueTest, TheWaitAfterAFailureGrowsWithTheTimeOfTheOutageToOneMinute) {
  const base::BootTime began = clock_.boot_now();
  double longest = 0;
  for (int i = 0; i < 12; ++i) {
    const base::Duration failing = clock_.boot_now() - began;
    queue_.add_failed("a");
    double waited = 0;
    while (take_now().empty()) {
      clock_.advance(milliseconds(500));
      waited += 0.5;
    }
    queue_.done("a");
    EXPECT_GE(waited, 1);
    EXPECT_LE(waited, std::max(2.0, 1.1 * std::chrono::duration<double>(failing).count() + 0.5)) << i;
    longest = std::max(longest, waited);
  }
  EXPECT_GE(longest, 60);
  EXPECT_LE(longest, 66.5);
  EXPECT_EQ(queue_.stats().retries, 12U);

  queue_.forget("a");
  queue_.add_failed("a");
  clock_.advance(milliseconds(1200));
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, TriesThatEventsBringDoNotLengthenTheWait) {
  for (int i = 0; i < 40; ++i) {
    queue_.add("a");  // an event each half second
    EXPECT_EQ(take_now(), "a");
    queue_.add_failed("a");
    queue_.done("a");
    clock_.advance(milliseconds(500));
    const std::string due = take_now();
    if (!due.empty()) {
      queue_.add_failed(due);
      queue_.done(due);
    }
  }
  // 20 s of failures, 60 or so in number.
  clock_.advance(seconds(22));
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, ATryThatAnEventBringsDoesNotPutOffTheNextOne) {
  queue_.add_failed("a");
  clock_.advance(seconds(10));
  EXPECT_EQ(take_now(), "a");
  queue_.add_failed("a");  // in 10 s
  queue_.done("a");
  clock_.advance(seconds(9));
  queue_.add("a");
  EXPECT_EQ(take_now(), "a");
  queue_.add_failed("a");  // in 19 s, if it were not for the one before
  queue_.done("a");
  clock_.advance(seconds(3));
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, AServerThatAsksForAPauseIsLeftAloneAlsoByEvents) {
  queue_.add_failed("a", seconds(20));
  queue_.add("a");
  EXPECT_EQ(take_now(), "");
  clock_.advance(seconds(19));
  queue_.add("a");
  EXPECT_EQ(take_now(), "");
  clock_.advance(seconds(1));
  EXPECT_EQ(take_now(), "a");
  queue_.forget("a");
  queue_.done("a");
  queue_.add("a");
  EXPECT_EQ(take_now(), "a") << "a success ends it";
}

TEST_F(WorkQueueTest, OneKeysFailuresDoNotDelayAnother) {
  for (int i = 0; i < 6; ++i) queue_.add_failed("bad");
  queue_.add_failed("good");
  clock_.advance(milliseconds(1200));
  std::set<std::string> came{take_now(), take_now()};
  EXPECT_TRUE(came.contains("good"));
}

TEST_F(WorkQueueTest, WaitingTakerIsWokenByANewKeyADueKeyAndStop) {
  std::atomic<int> taken = 0;
  std::mutex mutex;
  std::vector<std::string> keys;
  std::jthread worker([&](const std::stop_token& stop) {
    while (const auto key = queue_.take(stop)) {
      queue_.done(*key);
      const std::lock_guard lock(mutex);
      keys.push_back(*key);
      ++taken;
    }
  });
  while (clock_.sleepers() == 0) std::this_thread::yield();
  queue_.add("now");
  while (taken < 1) std::this_thread::yield();
  queue_.add_after("later", seconds(30));
  queue_.add_after("sooner", seconds(10));
  while (clock_.sleepers() == 0) std::this_thread::yield();
  clock_.advance(seconds(10));
  while (taken < 2) std::this_thread::yield();
  clock_.advance(seconds(20));
  while (taken < 3) std::this_thread::yield();
  worker.request_stop();
  worker.join();
  EXPECT_THAT(keys, ElementsAre("now", "sooner", "later"));
}

TEST_F(WorkQueueTest, AKeyThatChangedWhileItFailedIsLeftAloneAsLong) {
  queue_.add_after("a", seconds(5));  // of before
  queue_.add("a");
  EXPECT_EQ(take_now(), "a");
  queue_.add("a");
  queue_.add_failed("a", seconds(20));
  queue_.done("a");
  EXPECT_EQ(take_now(), "");
  clock_.advance(seconds(19));
  EXPECT_EQ(take_now(), "");
  clock_.advance(seconds(1));
  EXPECT_EQ(take_now(), "a");
}

/// Takers that wait, each with a thread of its own; each takes one key and keeps it.
class Takers {
 public:
  Takers(WorkQueue& queue, int n) {
    for (int i = 0; i < n; ++i) {
      threads_.emplace_back([&](const std::stop_token& stop) {
        if (const auto key = queue.take(stop)) {
          const os::MutexLock lock(mutex_);
          taken_.insert(*key);
        }
      });
    }
  }
  /// Waits until they have taken so many.
  std::set<std::string> await(std::size_t n) {
    while (true) {
      std::this_thread::yield();
      const os::MutexLock lock(mutex_);
      if (taken_.size() >= n) return taken_;
    }
  }

 private:
  os::Mutex mutex_;
  std::set<std::string> taken_ GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;
};

// The tests below hang where a wake-up is lost.

TEST_F(WorkQueueTest, KeysThatBecomeDueTogetherWakeAsManyTakers) {
  Takers takers(queue_, 3);
  while (clock_.sleepers() < 3) std::this_thread::yield();
  for (const char* key : {"a", "b", "c"}) queue_.add_after(key, seconds(5));
  clock_.advance(seconds(5));
  EXPECT_THAT(takers.await(3), SizeIs(3));
}

TEST_F(WorkQueueTest, TheTakerThatWatchedOverADelayHandsThatToAnother) {
  Takers takers(queue_, 2);
  while (clock_.sleepers() < 2) std::this_thread::yield();
  queue_.add_after("first", seconds(5));   // one of the two watches over this,
  queue_.add_after("second", seconds(8));  // and nobody yet over that
  while (clock_.sleepers() < 2) std::this_thread::yield();
  clock_.advance(seconds(5));
  takers.await(1);
  clock_.advance(seconds(3));
  EXPECT_THAT(takers.await(2), SizeIs(2));
}

TEST_F(WorkQueueTest, AKeyThatComesAgainAfterItsWorkWakesAWaitingTaker) {
  queue_.add("a");
  EXPECT_EQ(take_now(), "a");
  queue_.add("a");
  Takers takers(queue_, 1);
  while (clock_.sleepers() < 1) std::this_thread::yield();
  queue_.done("a");
  EXPECT_THAT(takers.await(1), ElementsAre("a"));
}

TEST_F(WorkQueueTest, ASoonerDelayWakesTheTakerThatWaitsForALaterOne) {
  queue_.add_after("later", minutes(10));
  Takers takers(queue_, 1);
  while (clock_.sleepers() < 1) std::this_thread::yield();
  queue_.add_after("sooner", seconds(1));
  clock_.advance(seconds(1));
  EXPECT_THAT(takers.await(1), ElementsAre("sooner"));
}

TEST_F(WorkQueueTest, AStoppedTakerGetsNothingEvenIfThereIsWork) {
  queue_.add("a");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(queue_.take(stop.get_token()), std::nullopt);
}

TEST_F(WorkQueueTest, WaitAndWorkAreMeasured) {
  queue_.add("a");
  clock_.advance(seconds(2));
  EXPECT_EQ(take_now(), "a");
  clock_.advance(seconds(3));
  EXPECT_DOUBLE_EQ(queue_.stats().longest_running_seconds, 3);
  EXPECT_DOUBLE_EQ(queue_.stats().unfinished_seconds, 3);
  queue_.done("a");
  EXPECT_THAT(times_.waits, ElementsAre(2));
  EXPECT_THAT(times_.works, ElementsAre(3));
}

TEST(WorkQueueWithRealTime, ManyWorkersNeverShareAKeyAndLoseNone) {
  os::RealClock clock;
  WorkQueue queue(clock);
  constexpr int kKeys = 50;
  constexpr int kRounds = 40;
  std::mutex mutex;
  std::set<std::string> running;
  std::atomic<bool> shared = false;
  std::vector<std::atomic<int>> wanted(kKeys);
  std::vector<std::atomic<int>> seen(kKeys);
  std::atomic<int> settled = 0;
  std::vector<std::jthread> workers;
  for (int w = 0; w < 4; ++w) {
    workers.emplace_back([&](const std::stop_token& stop) {
      while (const auto key = queue.take(stop)) {
        {
          const std::lock_guard lock(mutex);
          if (!running.insert(*key).second) shared = true;
        }
        const auto i = static_cast<std::size_t>(std::stoi(*key));
        const int newest = wanted[i];
        if (newest == kRounds && seen[i].exchange(newest) != kRounds) ++settled;
        {
          const std::lock_guard lock(mutex);
          running.erase(*key);
        }
        queue.done(*key);
      }
    });
  }
  for (int round = 1; round <= kRounds; ++round) {
    for (int k = 0; k < kKeys; ++k) {
      wanted[static_cast<std::size_t>(k)] = round;
      const std::string key = std::to_string(k);
      if ((round + k) % 3 == 0) {
        queue.add_after(key, std::chrono::microseconds(100 * (k % 7)));
      } else {
        queue.add(key);
      }
    }
  }
  while (settled < kKeys) std::this_thread::yield();
  EXPECT_FALSE(shared);
}

}  // namespace
}  // namespace runtime
