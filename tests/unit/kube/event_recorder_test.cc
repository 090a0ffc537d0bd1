#include "kube/event_recorder.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <thread>

#include "json/value.h"
#include "os/fake_clock.h"
#include "support/await.h"
#include "support/fake_kube_api.h"

namespace kube {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::SizeIs;
using testing_support::FakeKubeApi;
using testing_support::kube_error;
using Code = Error::Code;

Event event(const std::string& note, const std::string& object = "web") {
  Event e;
  e.regarding = {"iotda.huaweicloud.com/v1alpha1", "ServerCertificate", {"apps", object}, "uid-" + object, "1"};
  e.reason = "Uploaded";
  e.action = "Upload";
  e.note = note;
  return e;
}

class EventRecorderTest : public testing::Test {
 protected:
  ~EventRecorderTest() override { stop(); }

  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { recorder_.run(stop); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }
  void await_calls(std::size_t n) {
    test::await([&] { return api_.calls().size() >= n; });
  }
  /// Waits until the recorder has made n calls and then sleeps.
  void await_pause_after(std::size_t n) {
    test::await([&] { return api_.calls().size() >= n && clock_.sleepers() == 1; });
  }
  std::size_t events() const { return api_.names(kEvents).size(); }

  os::FakeClock clock_{base::SystemTime{std::chrono::hours(500'000)}};
  FakeKubeApi api_{clock_};
  EventRecorder recorder_{api_, clock_, "pod-1"};
  std::jthread thread_;
};

TEST_F(EventRecorderTest, AnEventIsWritten) {
  start();
  recorder_.publish(event("added"));
  test::await([&] { return events() == 1; });
  const auto name = api_.names(kEvents)[0];
  EXPECT_EQ(name.ns, "apps");
  const auto object = json::Document::parse(api_.object(kEvents, name).value());
  EXPECT_EQ((*object)["note"].string(), "added");
  stop();
  EXPECT_EQ(recorder_.dropped(), 0U);
}

TEST_F(EventRecorderTest, ASeriesIsWrittenOnceItHasEndedAndThenNothing) {
  for (int i = 0; i < 4; ++i) recorder_.publish(event("same"));
  start();
  await_pause_after(2);
  EXPECT_THAT(api_.calls(), SizeIs(2)) << "one create, one patch for the second";
  clock_.advance(minutes(6));
  await_pause_after(3);
  const auto object = json::Document::parse(api_.object(kEvents, api_.names(kEvents)[0]).value());
  EXPECT_EQ(object->root().path("series.count").integer(), 4);
  clock_.advance(minutes(60));
  stop();
  EXPECT_THAT(api_.calls(), SizeIs(3));
}

TEST_F(EventRecorderTest, WhatIsQueuedOrCountedIsWrittenWhenStopped) {
  for (int i = 0; i < 5; ++i) recorder_.publish(event("same"));
  recorder_.publish(event("other"));
  start();
  stop();
  EXPECT_EQ(events(), 2U);
  for (const auto& name : api_.names(kEvents)) {
    const auto object = json::Document::parse(api_.object(kEvents, name).value());
    if ((*object)["note"].string() == "same") {
      EXPECT_EQ(object->root().path("series.count").integer(), 5);
    }
  }
}

TEST_F(EventRecorderTest, AServerThatDoesNotAnswerIsTriedAgain) {
  api_.fail(1, "create", "events", {kube_error(Code::kTransport, 0), false});
  api_.fail(1, "create", "events", {kube_error(Code::kServer, 503), false});
  recorder_.publish(event("added"));
  start();
  await_pause_after(1);
  clock_.advance(seconds(2));
  await_pause_after(2);
  clock_.advance(seconds(3));
  test::await([&] { return events() == 1; });
}

TEST_F(EventRecorderTest, ALostAnswerDoesNotDoubleAnEvent) {
  api_.fail(1, "create", "events", {kube_error(Code::kTransport, 0), true});
  recorder_.publish(event("added"));
  start();
  await_pause_after(1);
  clock_.advance(seconds(2));
  await_calls(2);
  stop();
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(recorder_.dropped(), 0U);
}

TEST_F(EventRecorderTest, ARefusedEventIsDroppedAndCounted) {
  api_.fail(1, "create", "events", {kube_error(Code::kForbidden, 403), false});
  start();
  recorder_.publish(event("refused"));
  recorder_.publish(event("taken"));
  test::await([&] { return events() == 1; });
  EXPECT_EQ(recorder_.dropped(), 1U);
}

TEST_F(EventRecorderTest, APatchOfAnEventThatIsGoneDoesNoHarm) {
  start();
  recorder_.publish(event("same"));
  test::await([&] { return events() == 1; });
  api_.remove(kEvents, api_.names(kEvents)[0]);
  recorder_.publish(event("same"));
  await_calls(2);
  recorder_.publish(event("same"));
  test::await([&] { return events() == 1; });
}

TEST_F(EventRecorderTest, AFullQueueDropsTheNewest) {
  for (int i = 0; i < 1003; ++i) recorder_.publish(event("n", "object-" + std::to_string(i)));
  EXPECT_EQ(recorder_.dropped(), 3U);
}

TEST_F(EventRecorderTest, StoppingWhileTheServerHangsEndsAfterTwoSeconds) {
  // Each create waits for its stop token, as a call on a dead connection would.
  class HangingApi final : public Api {
   public:
    Result<json::Document> create(const Resource&, std::string_view, std::string, std::stop_token stop) override {
      ++calls;
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      never.wait(lock, stop, [] { return false; });
      return base::Err(kube_error(Code::kCancelled, 0));
    }
    Result<json::Document> get(const Resource&, const ObjectName&, std::stop_token) override { return unused(); }
    Result<json::Document> list(const Resource&, const ListOptions&, std::stop_token) override { return unused(); }
    Result<json::Document> replace(const Resource&, const ObjectName&, std::string, std::stop_token) override {
      return unused();
    }
    Result<json::Document> patch(const Resource&, const ObjectName&, std::string, const PatchOptions&,
                                 std::stop_token) override {
      return unused();
    }
    Result<void> watch(const Resource&, const WatchOptions&, const WatchSink&, std::stop_token) override {
      return base::Err(kube_error(Code::kInvalid, 400));
    }
    std::atomic<int> calls = 0;

   private:
    static Result<json::Document> unused() { return base::Err(kube_error(Code::kInvalid, 400)); }
  };
  HangingApi hanging;
  EventRecorder recorder(hanging, clock_, "pod-1");
  recorder.publish(event("added"));
  std::jthread thread([&](const std::stop_token& stop) { recorder.run(stop); });
  test::await([&] { return hanging.calls == 1; });
  thread.request_stop();
  test::await([&] { return hanging.calls == 2 && clock_.sleepers() == 1; });
  clock_.advance(seconds(2));
  thread.join();
}

}  // namespace
}  // namespace kube
