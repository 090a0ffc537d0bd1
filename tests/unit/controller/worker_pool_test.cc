#include "controller/worker_pool.h"

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "os/fake_clock.h"

namespace controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class WorkerPoolTest : public testing::Test {
 protected:
  WorkerPool::Ports ports() {
    return {queue, metrics, clock,
            [this](const std::string& instance, std::stop_token /*soft*/, std::stop_token /*hard*/) {
              ++runs;
              return reconcile(instance);
            },
            [this] { return asked_to_wait.load(); }};
  }
  static void await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::yield();
  }

  os::FakeClock clock{base::SystemTime{std::chrono::hours(500'000)}};
  Metrics metrics;
  runtime::WorkQueue queue{clock, &metrics};
  std::atomic<base::Duration> asked_to_wait{base::Duration{}};
  std::atomic<int> runs = 0;
  std::function<ReconcileResult(const std::string&)> reconcile = [](const std::string&) { return ReconcileResult{}; };
};

TEST_F(WorkerPoolTest, AWorkerHangsOnlyWhenItMakesNoProgressHoweverLongItsRunIs) {
  std::atomic<int> steps = 0;
  std::atomic<bool> go = false;
  WorkerPool* pool = nullptr;
  reconcile = [&](const std::string&) {
    while (!go) {
      if (steps > 0) {
        pool->progress();
        --steps;
      }
      std::this_thread::yield();
    }
    return ReconcileResult{};
  };
  WorkerPool workers(1, ports());
  pool = &workers;
  workers.start();
  queue.add("slow");
  await([&] { return runs == 1; });
  for (int i = 0; i < 10; ++i) {
    clock.advance(minutes(3));
    steps = 1;
    await([&] { return steps == 0; });
    EXPECT_EQ(workers.hung(minutes(4)), std::nullopt) << "30 minutes of steps";
  }
  clock.advance(minutes(3));
  workers.progress();  // of another thread
  clock.advance(minutes(2));
  EXPECT_EQ(workers.hung(minutes(4)), "slow");
  go = true;
  await([&] { return workers.hung(minutes(4)) == std::nullopt; });
}

TEST_F(WorkerPoolTest, AnIdleWorkerDoesNotHang) {
  WorkerPool workers(2, ports());
  workers.start();
  await([&] { return clock.sleepers() == 2; });
  clock.advance(minutes(60));
  EXPECT_EQ(workers.hung(minutes(4)), std::nullopt);
}

TEST_F(WorkerPoolTest, ARunThatFailsIsRepeatedNotBeforeTheApiServerWantsIt) {
  asked_to_wait = seconds(20);
  reconcile = [](const std::string&) { return ReconcileResult{.failed = true, .again_after = {}}; };
  WorkerPool workers(1, ports());
  workers.start();
  queue.add("a");
  await([&] { return runs == 1 && clock.sleepers() == 1; });
  clock.advance(seconds(19));
  queue.add("a");
  await([&] { return clock.sleepers() == 1; });
  EXPECT_EQ(runs, 1);
  clock.advance(seconds(4));
  await([&] { return runs == 2; });
}

TEST_F(WorkerPoolTest, InstancesThatWereLookedAtTogetherDoNotStayTogether) {
  std::mutex mutex;
  std::set<base::BootTime> times;
  std::atomic<bool> first = true;
  reconcile = [&](const std::string&) {
    const std::lock_guard lock(mutex);
    if (!first) times.insert(clock.boot_now());
    return ReconcileResult{.failed = false, .again_after = minutes(10)};
  };
  WorkerPool workers(1, ports());
  workers.start();
  for (int i = 0; i < 20; ++i) queue.add(std::to_string(i));
  await([&] { return runs == 20 && clock.sleepers() == 1; });
  first = false;
  clock.advance(minutes(10) - seconds(1));
  for (int i = 0; i < 62; ++i) {
    await([&] { return clock.sleepers() == 1; });
    EXPECT_TRUE(i > 0 || runs == 20) << "never early";
    clock.advance(seconds(1));
  }
  await([&] { return runs == 40; });
  EXPECT_GE(times.size(), 5U);
}

TEST_F(WorkerPoolTest, AShortWaitIsKeptAlmostToTheMoment) {
  reconcile = [](const std::string&) { return ReconcileResult{.failed = false, .again_after = seconds(10)}; };
  WorkerPool workers(1, ports());
  workers.start();
  queue.add("a");
  await([&] { return runs == 1 && clock.sleepers() == 1; });
  clock.advance(seconds(11));
  await([&] { return runs == 2; });
}

}  // namespace
}  // namespace controller
