#include "runtime/reflector.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

#include "os/fake_clock.h"
#include "recording_handler.h"
#include "support/await.h"
#include "support/fake_kube_api.h"

namespace runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using testing_support::FakeKubeApi;
using testing_support::kube_error;
using Code = kube::Error::Code;

constexpr kube::Resource kCertificates{"iotda.huaweicloud.com", "v1alpha1", "servercertificates"};

class ReflectorTest : public testing::Test {
 protected:
  void SetUp() override { serve(); }
  void TearDown() override { stop(); }

  void serve() { api_.serve({kCertificates, "ServerCertificate", true, true, {}}); }
  void start(ReflectorOptions options = {}) {
    reflector_ = std::make_unique<Reflector>(api_, clock_, kCertificates, std::move(options), handler_);
    thread_ = std::jthread([this](const std::stop_token& stop) { reflector_->run(stop); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }
  void await_watch() {
    test::await([&] { return api_.watches() == 1 && clock_.sleepers() == 1; });
  }
  /// Waits until the reflector has made n calls and then sleeps.
  void await_pause_after(std::size_t n) {
    test::await([&] { return api_.calls().size() >= n && api_.watches() == 0 && clock_.sleepers() == 1; });
  }
  /// Lets time pass, a second at a time, until it is so.
  void pass_until(const std::function<bool()>& condition) {
    while (!condition()) {
      test::await([&] { return clock_.sleepers() == 1 || condition(); });
      if (!condition()) clock_.advance(seconds(1));
      for (int i = 0; i < 100; ++i) std::this_thread::yield();  // the reflector's turn
    }
  }
  void put(const std::string& name, const std::string& ns = "apps") {
    api_.put(R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","metadata":{"namespace":")" +
             ns + R"(","name":")" + name + "\"}}");
  }
  std::vector<std::string> verbs() const {
    std::vector<std::string> out;
    for (const auto& call : api_.calls()) out.push_back(call.verb);
    return out;
  }

  os::FakeClock clock_{base::SystemTime{std::chrono::hours(500'000)}};
  FakeKubeApi api_{clock_};
  RecordingHandler handler_;
  std::unique_ptr<Reflector> reflector_;
  std::jthread thread_;
};

TEST_F(ReflectorTest, OneRequestBringsTheStateAndAnotherAllChanges) {
  put("a");
  put("b");
  start();
  test::await([&] { return reflector_->synced(); });
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("a", "b"));
  put("c");
  api_.remove(kCertificates, {"apps", "a"});
  test::await([&] { return handler_.told().size() == 6; });
  EXPECT_THAT(handler_.told(),
              ElementsAre("init", "init_apply a", "init_apply b", "init_done", "apply c", "deleted a"));
  EXPECT_THAT(verbs(), ElementsAre("watch", "watch"));
  EXPECT_EQ(reflector_->last_error(), "");
}

TEST_F(ReflectorTest, PagesBringTheSameState) {
  for (int i = 0; i < 1203; ++i) put("c" + std::to_string(i));
  ReflectorOptions options;
  options.initial_list = ReflectorOptions::InitialList::kPages;
  options.metadata_only = true;
  start(options);
  test::await([&] { return reflector_->synced(); });
  EXPECT_THAT(handler_.objects(), SizeIs(1203));
  await_watch();
  EXPECT_THAT(verbs(), ElementsAre("list", "list", "list", "watch"));
}

TEST_F(ReflectorTest, OneNamespaceCanBeWatched) {
  put("a", "mine");
  put("b", "other");
  ReflectorOptions options;
  options.ns = "mine";
  start(options);
  test::await([&] { return reflector_->synced(); });
  put("c", "other");
  put("d", "mine");
  test::await([&] { return handler_.objects().contains("d"); });
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("a", "d"));
}

TEST_F(ReflectorTest, WithoutStreamingListsPagesAreUsedAndRemembered) {
  for (const auto kind : {FakeKubeApi::StreamingLists::kUnknown, FakeKubeApi::StreamingLists::kNoProgress}) {
    api_.set_streaming_lists(kind);
    api_.clear_calls();
    put("a");
    start();
    await_watch();
    EXPECT_THAT(verbs(), ElementsAre("watch", "list", "watch"));
    EXPECT_EQ(reflector_->last_error(), "");
    put("b");
    put("c");
    test::await([&] { return handler_.objects().contains("c"); });
    stop();
  }
}

TEST_F(ReflectorTest, AWatchThatWasLostForGoodIsListedAnewAndLosesNoDeletion) {
  put("a");
  put("b");
  start();
  await_watch();
  api_.fail(1, "watch", "servercertificates", {kube_error(Code::kTransport, 0), false});
  api_.end_watches();
  await_pause_after(2);
  api_.remove(kCertificates, {"apps", "a"});
  put("c");
  api_.compact();
  put("d");
  pass_until([&] { return handler_.objects().contains("d"); });
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("b", "c", "d"));
}

TEST_F(ReflectorTest, IdleWatchesMakeAtMostTwoRequestsAMinute) {
  put("a");
  start();
  await_watch();
  for (int i = 0; i < 600; ++i) {
    clock_.advance(seconds(1));
    await_watch();
  }
  const std::size_t n = api_.calls().size();
  EXPECT_GE(n, 600 / 40);
  EXPECT_LE(n, 2U + 600 / 30);
  EXPECT_THAT(handler_.told(), SizeIs(3));
}

TEST_F(ReflectorTest, AfterARestoreOfEtcdEverythingIsListedAnew) {
  put("a");
  const std::function<void()> restore = api_.back_up();
  put("b");
  put("c");
  api_.remove(kCertificates, {"apps", "a"});
  start();
  test::await([&] { return handler_.objects() == std::set<std::string>{"b", "c"}; });
  await_watch();
  restore();
  test::await([&] { return api_.watches() == 0; });
  pass_until([&] { return handler_.objects() == std::set<std::string>{"a"}; });
  put("d");
  pass_until([&] { return handler_.objects().contains("d"); });
}

TEST_F(ReflectorTest, ASecondLossInAShortTimeIsToldWithTheNameOfTheResource) {
  start();
  await_watch();
  std::size_t calls = api_.calls().size();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(reflector_->last_error(), "");
    api_.fail(1, "watch", "", {kube_error(Code::kGone, 410, "too old resource version"), false});
    api_.end_watches();
    pass_until(
        [&] { return api_.calls().size() > calls && api_.watches() == 0 && api_.calls().back().verb == "watch"; });
    test::await([&] { return clock_.sleepers() == 1; });
    if (i == 0) pass_until([&] { return api_.watches() == 1; });
    calls = api_.calls().size();
  }
  EXPECT_THAT(reflector_->last_error(), HasSubstr("servercertificates.iotda.huaweicloud.com"));
  EXPECT_THAT(reflector_->last_error(), HasSubstr("discards changes"));
}

TEST_F(ReflectorTest, HowLongItFailsIsTold) {
  start();
  await_watch();
  EXPECT_EQ(reflector_->failing_for(), base::Duration::zero());
  api_.intercept([](const FakeKubeApi::Call&) {
    return FakeKubeApi::Fault{kube_error(Code::kTransport, 0, "connection refused"), false};
  });
  api_.end_watches();
  pass_until([&] { return !reflector_->last_error().empty(); });
  const base::Duration before = reflector_->failing_for();
  for (int i = 0; i < 100; ++i) {
    test::await([&] { return clock_.sleepers() == 1; });
    clock_.advance(seconds(1));
  }
  EXPECT_EQ(reflector_->failing_for() - before, seconds(100)) << "since the first failure, not the last";
  api_.intercept({});
  pass_until([&] { return reflector_->failing_for() == base::Duration::zero(); });
}

TEST_F(ReflectorTest, FailuresBackOffToFifteenSecondsAndTheFirstEventResets) {
  start();
  await_watch();
  api_.intercept([](const FakeKubeApi::Call&) {
    kube::Error refused = kube_error(Code::kTransport, 0, "connection refused");
    refused.nothing_sent = true;
    return FakeKubeApi::Fault{std::move(refused), false};
  });
  api_.end_watches();
  await_pause_after(2);
  // Ten minutes of nothing but failures: about 6 calls while the pauses grow, then one each 15 to 23 s.
  for (int i = 0; i < 6000; ++i) {
    clock_.advance(milliseconds(100));
    test::await([&] { return clock_.sleepers() == 1; });
  }
  const std::size_t n = api_.calls().size();
  EXPECT_GE(n, 26U);
  EXPECT_LE(n, 50U);
  EXPECT_THAT(reflector_->last_error(), HasSubstr("connection refused"));
  EXPECT_TRUE(reflector_->synced()) << "what is known stays";

  api_.intercept({});
  pass_until([&] { return api_.watches() == 1; });
  put("a");
  test::await([&] { return handler_.objects().contains("a") && reflector_->last_error().empty(); });
  api_.fail(1, "list", "", {kube_error(Code::kServer, 500), false});
  api_.end_watches();
  test::await([&] { return api_.watches() == 0 && clock_.sleepers() == 1; });
  clock_.advance(milliseconds(1200));
  await_watch();
}

TEST_F(ReflectorTest, RetryAfterIsFollowed) {
  kube::Error busy = kube_error(Code::kThrottled, 429);
  busy.retry_after = seconds(20);
  api_.fail(1, "watch", "", {busy, false});
  start();
  await_pause_after(1);
  clock_.advance(seconds(19));
  await_pause_after(1);
  EXPECT_THAT(api_.calls(), SizeIs(1));
  clock_.advance(seconds(1));
  test::await([&] { return reflector_->synced(); });
}

TEST_F(ReflectorTest, AMissingCustomResourceDefinitionIsNamedAndSoonNoticed) {
  api_.stop_serving(kCertificates);
  start();
  for (std::size_t i = 1; i < 12; ++i) {
    await_pause_after(i);
    clock_.advance(seconds(5));
  }
  await_pause_after(12);
  EXPECT_THAT(reflector_->last_error(),
              HasSubstr("CustomResourceDefinition servercertificates.iotda.huaweicloud.com is not installed"));
  EXPECT_FALSE(reflector_->synced());
  serve();
  put("a");
  clock_.advance(seconds(5));
  test::await([&] { return reflector_->synced(); });
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("a"));
  pass_until([&] { return reflector_->last_error().empty(); });
}

TEST_F(ReflectorTest, WhoMayListButNotWatchIsNotWell) {
  api_.intercept([](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (call.verb != "watch") return std::nullopt;
    return FakeKubeApi::Fault{kube_error(Code::kForbidden, 403, "no"), false};
  });
  put("a");
  ReflectorOptions options;
  options.initial_list = ReflectorOptions::InitialList::kPages;
  start(options);
  pass_until([&] { return reflector_->failing_for() > seconds(60); });
  EXPECT_TRUE(reflector_->synced());
  api_.intercept({});
  pass_until([&] { return reflector_->failing_for() == base::Duration::zero() && reflector_->last_error().empty(); });
}

TEST_F(ReflectorTest, MissingPermissionSaysWhichVerbsOnWhat) {
  api_.fail(1, "watch", "", {kube_error(Code::kForbidden, 403, "servercertificates is forbidden"), false});
  start();
  await_pause_after(1);
  EXPECT_THAT(reflector_->last_error(),
              HasSubstr("list and watch on servercertificates.iotda.huaweicloud.com in all namespaces"));
  EXPECT_THAT(reflector_->last_error(), HasSubstr("servercertificates is forbidden"));
}

TEST_F(ReflectorTest, StoppingEndsARunningWatchAndAPause) {
  start();
  await_watch();
  stop();
  api_.fail(1, "watch", "", {kube_error(Code::kServer, 500), false});
  start();
  await_pause_after(2);
  stop();
}

TEST(ReflectorOnGarbage, ALineThatIsNoJsonEndsTheWatchAndIsTriedAgain) {
  class GarbageApi final : public kube::Api {
   public:
    kube::Result<json::Document> get(const kube::Resource&, const kube::ObjectName&, std::stop_token) override {
      return unused();
    }
    kube::Result<json::Document> list(const kube::Resource&, const kube::ListOptions&, std::stop_token) override {
      return unused();
    }
    kube::Result<json::Document> create(const kube::Resource&, std::string_view, std::string,
                                        std::stop_token) override {
      return unused();
    }
    kube::Result<json::Document> replace(const kube::Resource&, const kube::ObjectName&, std::string,
                                         std::stop_token) override {
      return unused();
    }
    kube::Result<json::Document> patch(const kube::Resource&, const kube::ObjectName&, std::string,
                                       const kube::PatchOptions&, std::stop_token) override {
      return unused();
    }
    kube::Result<void> watch(const kube::Resource&, const kube::WatchOptions&, const kube::WatchSink& sink,
                             std::stop_token) override {
      ++watches;
      EXPECT_FALSE(sink("<html>"));
      return {};
    }
    std::atomic<int> watches = 0;

   private:
    static kube::Result<json::Document> unused() { return base::Err(kube_error(Code::kInvalid, 400)); }
  };
  os::FakeClock clock{base::SystemTime{}};
  GarbageApi api;
  RecordingHandler handler;
  Reflector reflector(api, clock, kCertificates, {}, handler);
  const std::jthread thread([&](const std::stop_token& stop) { reflector.run(stop); });
  while (api.watches < 1 || clock.sleepers() == 0) std::this_thread::yield();
  EXPECT_THAT(reflector.last_error(), HasSubstr("not JSON"));
  clock.advance(seconds(2));
  while (api.watches < 2) std::this_thread::yield();
}

}  // namespace
}  // namespace runtime
