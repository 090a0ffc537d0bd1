#include "runtime/watch_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "recording_handler.h"

namespace runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Code = kube::Error::Code;
using Pause = WatchMachine::Pause;
using State = WatchMachine::State;

kube::Error error(Code code, int status = 0, std::string message = "words", bool nothing_sent = false) {
  return {code, status, std::move(message), std::nullopt, nothing_sent};
}

// The shapes of a real API server.
std::string object(const std::string& name, int version, const std::string& ns = "apps") {
  return R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":")" + name +
         R"(","namespace":")" + ns + R"(","uid":"7a1e","resourceVersion":")" + std::to_string(version) +
         R"(","creationTimestamp":"2026-01-02T03:04:05Z"}})";
}
std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}";
}
std::string bookmark(int version) {
  return event("BOOKMARK",
               R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":")" +
                   std::to_string(version) + R"(","creationTimestamp":null}})");
}
std::string end_of_list(int version) {
  return event("BOOKMARK",
               R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":")" +
                   std::to_string(version) +
                   R"(","creationTimestamp":null,"annotations":{"k8s.io/initial-events-end":"true"}}})");
}
std::string error_event(int code, const std::string& reason, const std::string& message) {
  return event("ERROR", R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" + message +
                            R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}");
}
std::string page(const std::string& items, int version, const std::string& token = "") {
  return R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":")" +
         std::to_string(version) + "\"" + (token.empty() ? "" : R"(,"continue":")" + token + "\"") + R"(},"items":[)" +
         items + "]}";
}

class WatchMachineTest : public testing::Test {
 protected:
  explicit WatchMachineTest(bool stream = true) : machine_(stream, handler_) {}

  /// A look at where the server's versions are is answered with `server_version_`, and the call after it counts.
  std::string next() {
    auto call = machine_.next();
    looked_ = std::holds_alternative<WatchMachine::Look>(call);
    if (looked_) {
      look_result_(page("", server_version_));
      call = machine_.next();
    }
    if (const auto* list = std::get_if<WatchMachine::ListPage>(&call)) return "list " + list->continue_token;
    const auto& watch = std::get<WatchMachine::Watch>(call);
    return watch.initial_events ? "stream" : "watch " + watch.resource_version;
  }
  bool on_event(const std::string& text) { return machine_.on_event(json::Document::parse(text).value().root()); }
  void on_page(const std::string& text) { machine_.on_page(json::Document::parse(text).value().root()); }
  Pause end(bool brief = false) {
    return machine_.on_end({}, brief ? WatchMachine::End::kBrief : WatchMachine::End::kWhole).pause;
  }
  Pause end(kube::Error e) { return machine_.on_end(base::Err(std::move(e)), WatchMachine::End::kBrief).pause; }
  /// Brings the machine to kWatching at that version.
  void sync(int version) {
    (void)next();
    on_event(end_of_list(version));
    (void)end();
  }

  RecordingHandler handler_;
  WatchMachine machine_;
  int server_version_ = 1000;
  bool looked_ = false;

 private:
  void look_result_(const std::string& list) {
    machine_.on_look(json::Document::parse(list).value().root());
    EXPECT_EQ(machine_.on_end({}, WatchMachine::End::kWhole).pause, Pause::kNone);
  }
};

class PagedWatchMachineTest : public WatchMachineTest {
 protected:
  PagedWatchMachineTest() : WatchMachineTest(false) {}
};

TEST_F(WatchMachineTest, AStreamingListBringsTheFirstStateAndGoesOnAsAWatch) {
  EXPECT_EQ(next(), "stream");
  EXPECT_EQ(machine_.state(), State::kInitialWatch);
  EXPECT_TRUE(on_event(event("ADDED", object("a", 3))));
  EXPECT_TRUE(on_event(event("ADDED", object("b", 5))));
  EXPECT_FALSE(on_event(end_of_list(9))) << "the watch that follows has a shorter time";
  EXPECT_EQ(machine_.state(), State::kWatching);
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_TRUE(on_event(event("MODIFIED", object("a", 10))));
  EXPECT_TRUE(on_event(event("DELETED", object("b", 11))));
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "watch 11");
  EXPECT_THAT(handler_.told(),
              ElementsAre("init", "init_apply a", "init_apply b", "init_done", "apply a", "deleted b"));
}

TEST_F(WatchMachineTest, AnEmptyStreamingListIsAFirstStateToo) {
  (void)next();
  on_event(end_of_list(1));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_done"));
}

TEST_F(WatchMachineTest, NothingIsToldBeforeSomethingCameIn) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(next(), "stream");
    EXPECT_EQ(end(error(Code::kTransport, 0, "refused", true)), Pause::kBackoff);
  }
  EXPECT_THAT(handler_.told(), IsEmpty());
}

TEST_F(WatchMachineTest, BookmarksAdvanceTheResourceVersion) {
  sync(9);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_TRUE(on_event(bookmark(500)));
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "watch 500");
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_done"));
}

TEST_F(WatchMachineTest, ADeletionWithinAStreamingListIsToldAfterIt) {
  (void)next();
  on_event(event("ADDED", object("a", 3)));
  on_event(event("ADDED", object("b", 4)));
  on_event(event("DELETED", object("a", 6)));
  on_event(event("MODIFIED", object("b", 7)));
  on_event(end_of_list(7));
  EXPECT_THAT(handler_.told(),
              ElementsAre("init", "init_apply a", "init_apply b", "init_apply b", "init_done", "deleted a"));
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("b"));
}

TEST_F(WatchMachineTest, AnObjectRecreatedWithinAStreamingListIsThere) {
  (void)next();
  on_event(event("ADDED", object("a", 3)));
  on_event(event("DELETED", object("a", 6)));
  on_event(event("ADDED", object("a", 7)));
  on_event(event("DELETED", object("a", 8, "another-namespace")));
  on_event(end_of_list(8));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_apply a", "init_apply a", "init_done", "deleted a"));
}

TEST_F(WatchMachineTest, AStreamingListThatBreaksOffStartsAgain) {
  (void)next();
  on_event(event("ADDED", object("a", 3)));
  EXPECT_EQ(end(error(Code::kTransport)), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
  on_event(event("ADDED", object("b", 3)));
  on_event(end_of_list(4));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_apply a", "init", "init_apply b", "init_done"));
  EXPECT_THAT(handler_.objects(), UnorderedElementsAre("b"));
}

TEST_F(WatchMachineTest, AServerWithTheFeatureOffIsListedInPagesFromThenOn) {
  EXPECT_EQ(next(), "stream");
  EXPECT_EQ(end(error(Code::kInvalid, 422,
                      "sendInitialEvents is forbidden for watch unless the WatchList feature "
                      "gate is enabled")),
            Pause::kNone);
  EXPECT_EQ(next(), "list ");
  on_page(page(object("a", 1), 8));
  (void)end();
  EXPECT_EQ(next(), "watch 8");
  on_event(error_event(410, "Expired", "too old resource version: 8 (9)"));
  (void)end();
  EXPECT_EQ(next(), "list ") << "it is remembered";
}

TEST_F(WatchMachineTest, AStorageThatCannotTellItsProgressIsListedInPages) {
  EXPECT_EQ(next(), "stream");
  EXPECT_FALSE(on_event(
      error_event(500, "InternalError", "etcd: the required storage feature RequestWatchProgress is disabled")));
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "list ");
}

TEST_F(WatchMachineTest, AnotherErrorInAStreamingListIsNoReasonToGiveItUp) {
  (void)next();
  EXPECT_FALSE(on_event(error_event(500, "InternalError", "etcdserver: leader changed")));
  EXPECT_EQ(end(), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
  EXPECT_EQ(end(error(Code::kThrottled, 429)), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, AServerThatNeverEndsItsStreamingListIsListedInPages) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(next(), "stream");
    on_event(event("ADDED", object("a", 3)));
    EXPECT_EQ(end(), Pause::kBackoff);
  }
  EXPECT_EQ(next(), "list ");
}

TEST_F(PagedWatchMachineTest, PagesAreFollowedToTheLast) {
  EXPECT_EQ(next(), "list ");
  on_page(page(object("a", 1) + "," + object("b", 2), 8, "t1"));
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(machine_.state(), State::kInitPage);
  EXPECT_EQ(next(), "list t1");
  on_page(page(object("c", 3), 8));
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "watch 8");
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_apply a", "init_apply b", "init_apply c", "init_done"));
}

TEST_F(PagedWatchMachineTest, AFailedPageIsAskedForAgain) {
  (void)next();
  on_page(page(object("a", 1), 8, "t1"));
  (void)end();
  EXPECT_EQ(next(), "list t1");
  EXPECT_EQ(end(error(Code::kServer, 503)), Pause::kBackoff);
  EXPECT_EQ(next(), "list t1");
  on_page(page(object("b", 1), 8));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_apply a", "init_apply b", "init_done"));
}

TEST_F(PagedWatchMachineTest, AnExpiredPageStartsTheListAgain) {
  (void)next();
  on_page(page(object("a", 1), 8, "t1"));
  (void)end();
  EXPECT_EQ(next(), "list t1");
  EXPECT_EQ(end(error(Code::kGone, 410, "The provided continue parameter is too old")), Pause::kBackoff);
  EXPECT_EQ(next(), "list ");
  on_page(page(object("b", 1), 9));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_apply a", "init", "init_apply b", "init_done"));
}

TEST_F(WatchMachineTest, AnExpiredWatchStartsAllOver) {
  for (const char* reason : {"Expired", "Gone"}) {
    sync(9);
    EXPECT_EQ(next(), "watch 9");
    EXPECT_FALSE(on_event(error_event(410, reason, "too old resource version: 9 (100)")));
    EXPECT_EQ(end(), Pause::kBackoff);
    EXPECT_EQ(next(), "stream");
    (void)end();
  }
}

TEST_F(WatchMachineTest, AWatchRefusedWith410StartsAllOver) {
  sync(9);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_EQ(end(error(Code::kGone, 410)), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, AWatchThatBreaksGoesOnWhereItWas) {
  sync(9);
  EXPECT_EQ(next(), "watch 9");
  on_event(event("ADDED", object("a", 12)));
  EXPECT_EQ(end(error(Code::kTransport)), Pause::kBackoff);
  EXPECT_EQ(next(), "watch 12");
  EXPECT_FALSE(on_event(error_event(500, "InternalError", "etcdserver: leader changed")));
  EXPECT_EQ(end(), Pause::kBackoff);
  EXPECT_EQ(next(), "watch 12");
}

TEST_F(WatchMachineTest, BriefEmptyWatchesPauseAndThenStartAllOver) {
  sync(9);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_EQ(end(true), Pause::kBackoff);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_EQ(end(true), Pause::kBackoff);
  EXPECT_EQ(next(), "watch 9");
  EXPECT_EQ(end(true), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, AnEventBetweenBriefWatchesShowsThatTheVersionIsGood) {
  sync(9);
  for (int i = 0; i < 6; ++i) {
    (void)next();
    if (i % 2 == 1) on_event(bookmark(10 + i));
    (void)end(true);
  }
  EXPECT_EQ(next(), "watch 15");
}

TEST_F(WatchMachineTest, LongSilentWatchesAreNormal) {
  sync(9);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(next(), "watch 9");
    EXPECT_EQ(end(false), Pause::kNone);
  }
}

TEST_F(WatchMachineTest, AServerThatIsDownIsNoReasonToStartAllOver) {
  sync(9);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(next(), "watch 9");
    EXPECT_EQ(end(error(Code::kTransport, 0, "refused", true)), Pause::kBackoff);
    EXPECT_EQ(next(), "watch 9");
    EXPECT_EQ(end(error(Code::kThrottled, 429)), Pause::kBackoff);
  }
}

TEST_F(WatchMachineTest, AVersionThatTheServerKeepsFailingOnStartsAllOver) {
  // After a restore of etcd: 504 "Too large resource version", or silence.
  sync(9);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(next(), "watch 9");
    EXPECT_EQ(end(error(Code::kServer, 504, "Too large resource version: 9, current: 2")), Pause::kBackoff);
  }
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, AVersionThatTheServerRefusesStartsAllOver) {
  sync(9);
  (void)next();
  EXPECT_EQ(end(error(Code::kInvalid, 400, "invalid resource version")), Pause::kBackoff);
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, MissingPermissionIsWaitedFor) {
  sync(9);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(next(), "watch 9");
    EXPECT_EQ(end(error(Code::kForbidden, 403)), Pause::kBackoff);
  }
}

TEST_F(WatchMachineTest, AResourceThatIsNotThereIsWaitedForAndListedAnew) {
  EXPECT_EQ(next(), "stream");
  EXPECT_EQ(end(error(Code::kNotServed, 404, "404 page not found")), Pause::kNotInstalled);
  sync(9);
  (void)next();
  EXPECT_EQ(end(error(Code::kNotServed, 404, "404 page not found")), Pause::kNotInstalled);
  EXPECT_EQ(next(), "stream");
}

TEST_F(WatchMachineTest, VersionsThatWentBackWhileAWatchWasBrokenOffAreSeenAndAllIsListedAnew) {
  // etcd was restored: a watch from a version that is still to come brings nothing, for as long as it takes.
  sync(900);
  EXPECT_EQ(next(), "watch 900");
  EXPECT_EQ(end(error(Code::kTransport)), Pause::kBackoff);
  server_version_ = 20;
  EXPECT_EQ(next(), "stream");
  EXPECT_TRUE(looked_);
}

TEST_F(WatchMachineTest, AWatchThatEndsBeforeItsTimeIsFollowedByALook) {
  // A server that is stopped in order ends its watches like that.
  sync(900);
  EXPECT_EQ(next(), "watch 900");
  EXPECT_EQ(machine_.on_end({}, WatchMachine::End::kCut).pause, Pause::kNone);
  server_version_ = 900;
  EXPECT_EQ(next(), "watch 900");
  EXPECT_TRUE(looked_);
  EXPECT_EQ(end(), Pause::kNone);
  EXPECT_EQ(next(), "watch 900");
  EXPECT_FALSE(looked_) << "one that ended by its timeout is no reason";
}

TEST_F(WatchMachineTest, ConnectionsThatAreCutWhileNothingHappensAreNoReasonToListAnew) {
  sync(900);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(next(), "watch 900");
    EXPECT_EQ(machine_.on_end(base::Err(error(Code::kTransport)), WatchMachine::End::kCut).pause, Pause::kBackoff);
  }
}

TEST_F(WatchMachineTest, ALookThatFailsIsRepeatedBeforeAnythingElse) {
  sync(900);
  (void)next();
  (void)end(error(Code::kTransport));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::holds_alternative<WatchMachine::Look>(machine_.next()));
    EXPECT_EQ(end(error(Code::kTransport, 0, "refused")), Pause::kBackoff);
  }
  EXPECT_EQ(next(), "watch 900");
}

TEST_F(WatchMachineTest, TheHandlerIsToldBeforeAFirstStateIsAskedFor) {
  class Asked final : public runtime::WatchHandler {
   public:
    void asking() override { ++asked; }
    void init() override {}
    void init_apply(const json::Value& /*object*/) override {}
    void init_done() override {}
    void apply(const json::Value& /*object*/) override {}
    void deleted(const json::Value& /*object*/) override {}
    int asked = 0;
  };
  Asked handler;
  WatchMachine machine(false, handler);
  (void)machine.next();
  EXPECT_EQ(handler.asked, 1);
  machine.on_page(json::Document::parse(page(object("a", 1), 8, "t1")).value().root());
  (void)machine.on_end({}, WatchMachine::End::kWhole);
  (void)machine.next();
  EXPECT_EQ(handler.asked, 1) << "the pages of one list are of one moment";
  (void)machine.on_end(base::Err(error(Code::kGone, 410)), WatchMachine::End::kWhole);
  (void)machine.next();
  EXPECT_EQ(handler.asked, 2);
}

TEST_F(WatchMachineTest, UnknownEventsAreIgnored) {
  sync(9);
  (void)next();
  EXPECT_TRUE(on_event(event("SOMETHING", object("a", 10))));
  EXPECT_THAT(handler_.told(), ElementsAre("init", "init_done"));
}

TEST_F(WatchMachineTest, TheErrorInsideAWatchIsReported) {
  sync(9);
  (void)next();
  on_event(error_event(500, "InternalError", "etcdserver: leader changed"));
  const auto next_step = machine_.on_end({}, WatchMachine::End::kBrief);
  ASSERT_TRUE(next_step.error);
  EXPECT_EQ(next_step.error->message, "etcdserver: leader changed");
  EXPECT_EQ(next_step.error->code, Code::kServer);
}

}  // namespace
}  // namespace runtime
