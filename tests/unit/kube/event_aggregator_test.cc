#include "kube/event_aggregator.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/time_format.h"
#include "json/value.h"

namespace kube {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using Verdict = EventAggregator::Verdict;

Event event(const std::string& note = "added", const std::string& object = "web") {
  Event e;
  e.regarding = {"iotda.huaweicloud.com/v1alpha1", "ServerCertificate", {"apps", object}, "uid-" + object, "77"};
  e.reason = "Uploaded";
  e.action = "Upload";
  e.note = note;
  return e;
}

class EventAggregatorTest : public testing::Test {
 protected:
  EventTime at(base::Duration since_start) const {
    return {base::parse_rfc3339("2026-01-02T03:04:05.000006Z").value() + since_start,
            base::BootTime(std::chrono::hours(1)) + since_start};
  }
  Verdict add(const Event& e, base::Duration since_start) { return aggregator_.add(e, at(since_start), write_); }
  std::vector<EventWrite> due(base::Duration since_start, bool all = false) {
    return aggregator_.due(at(since_start).measured, all);
  }

  EventAggregator aggregator_{"iotda-operator-7d9f-abcde"};
  EventWrite write_;
};

TEST_F(EventAggregatorTest, AFirstEventIsCreatedWithAllThatTheApiWants) {
  ASSERT_EQ(add(event(), seconds(0)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
  EXPECT_EQ(write_.name.ns, "apps");
  EXPECT_THAT(write_.name.name, MatchesRegex("web\\.[0-9a-f]{16}"));
  const auto body = json::Document::parse(write_.body);
  ASSERT_TRUE(body);
  const json::Value e = body->root();
  EXPECT_EQ(e["apiVersion"].string(), "events.k8s.io/v1");
  EXPECT_EQ(e["kind"].string(), "Event");
  EXPECT_EQ(e.path("metadata.namespace").string(), "apps");
  EXPECT_EQ(e.path("metadata.name").string(), write_.name.name);
  EXPECT_EQ(e["eventTime"].string(), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(e["reportingController"].string(), "iotda.huaweicloud.com/operator");
  EXPECT_EQ(e["reportingInstance"].string(), "iotda-operator-7d9f-abcde");
  EXPECT_EQ(e["type"].string(), "Normal");
  EXPECT_EQ(e["reason"].string(), "Uploaded");
  EXPECT_EQ(e["action"].string(), "Upload");
  EXPECT_EQ(e["note"].string(), "added");
  EXPECT_EQ(e["regarding"].dump(),
            R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","namespace":"apps",)"
            R"("name":"web","uid":"uid-web","resourceVersion":"77"})");
  EXPECT_TRUE(e["series"].is_null());
}

TEST_F(EventAggregatorTest, AnEventAboutAClusterScopedObjectLivesInDefault) {
  Event e = event();
  e.regarding.name = {"", "main"};
  e.warning = true;
  ASSERT_EQ(add(e, seconds(0)), Verdict::kWrite);
  EXPECT_EQ(write_.name.ns, "default");
  const auto body = json::Document::parse(write_.body);
  EXPECT_EQ((*body)["type"].string(), "Warning");
  EXPECT_TRUE(body->root().path("regarding.namespace").is_null());
}

TEST_F(EventAggregatorTest, EverythingIsCutToWhatTheApiTakes) {
  Event e = event(std::string(3000, 'n'), std::string(200, 'a') + "-" + std::string(52, 'b'));
  e.reason = std::string(200, 'R');
  e.action = std::string(200, 'A');
  ASSERT_EQ(add(e, seconds(0)), Verdict::kWrite);
  EXPECT_LE(write_.name.name.size(), 253U);
  const auto body = json::Document::parse(write_.body);
  EXPECT_LE((*body)["note"].string()->size(), 1024U);
  EXPECT_LE((*body)["reason"].string()->size(), 128U);
  EXPECT_LE((*body)["action"].string()->size(), 128U);

  const std::string cut_at_dash = std::string(235, 'a') + "-" + std::string(10, 'b');
  ASSERT_EQ(add(event("x", cut_at_dash), seconds(0)), Verdict::kWrite);
  EXPECT_EQ(write_.name.name.substr(0, 236), std::string(235, 'a') + ".");
}

TEST_F(EventAggregatorTest, TheSecondOfAKindStartsASeriesAndTheNextOnlyCount) {
  ASSERT_EQ(add(event(), seconds(0)), Verdict::kWrite);
  const ObjectName first = write_.name;
  ASSERT_EQ(add(event(), seconds(10)), Verdict::kWrite);
  EXPECT_FALSE(write_.create);
  EXPECT_EQ(write_.name, first);
  EXPECT_EQ(write_.body, R"({"series":{"count":2,"lastObservedTime":"2026-01-02T03:04:15.000006Z"}})");
  EXPECT_EQ(add(event(), seconds(20)), Verdict::kNothingNew);
  EXPECT_EQ(add(event(), seconds(30)), Verdict::kNothingNew);
  EXPECT_THAT(due(minutes(5)), IsEmpty());
}

TEST_F(EventAggregatorTest, ASeriesIsWrittenWhenItEnds) {
  add(event(), seconds(0));
  add(event(), seconds(10));
  add(event(), seconds(20));
  EXPECT_THAT(due(minutes(6)), IsEmpty()) << "it has gone on since";
  EXPECT_EQ(aggregator_.next_due(), at(seconds(20) + minutes(6)).measured);
  const auto writes = due(seconds(20) + minutes(6));
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_EQ(writes[0].body, R"({"series":{"count":3,"lastObservedTime":"2026-01-02T03:04:25.000006Z"}})");
  EXPECT_EQ(aggregator_.next_due(), base::BootTime::max());
  EXPECT_EQ(add(event(), minutes(10)), Verdict::kWrite);
  EXPECT_TRUE(write_.create) << "a new series";
}

TEST_F(EventAggregatorTest, ALongSeriesIsWrittenEveryHalfHour) {
  add(event(), minutes(0));
  int patches = 0;
  for (int minute = 1; minute <= 120; ++minute) {
    patches += static_cast<int>(due(minutes(minute)).size());
    if (add(event(), minutes(minute)) == Verdict::kWrite) {
      EXPECT_FALSE(write_.create);
      ++patches;
    }
  }
  EXPECT_EQ(patches, 4) << "the second one, and three or so in the next two hours";
}

TEST_F(EventAggregatorTest, ASingleEventIsNotWrittenAgain) {
  add(event(), seconds(0));
  EXPECT_THAT(due(minutes(6)), IsEmpty());
  EXPECT_THAT(due(minutes(7), true), IsEmpty());
}

TEST_F(EventAggregatorTest, AnotherNoteReasonActionTypeOrObjectIsAnotherEvent) {
  add(event(), seconds(0));
  Event other = event();
  other.reason = "Adopted";
  EXPECT_EQ(add(other, seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
  other = event();
  other.action = "Adopt";
  EXPECT_EQ(add(other, seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
  other = event();
  other.warning = true;
  EXPECT_EQ(add(other, seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
  EXPECT_EQ(add(event("other note"), seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
  EXPECT_EQ(add(event("added", "other"), seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
}

TEST_F(EventAggregatorTest, AnObjectGets25EventsAndThenOneEveryFiveMinutes) {
  int written = 0;
  for (int i = 0; i < 40; ++i) {
    if (add(event("note " + std::to_string(i)), seconds(i)) == Verdict::kWrite) ++written;
  }
  EXPECT_EQ(written, 25);
  EXPECT_EQ(add(event("other object", "other"), seconds(40)), Verdict::kWrite);
  EXPECT_EQ(add(event("much later"), minutes(5) + seconds(1)), Verdict::kWrite);
  EXPECT_EQ(add(event("too soon again"), minutes(5) + seconds(2)), Verdict::kOverRate);
}

TEST_F(EventAggregatorTest, WhatIsLeftIsWrittenAtTheEnd) {
  for (int i = 0; i < 5; ++i) add(event(), seconds(i));
  const auto writes = due(seconds(5), true);
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_THAT(writes[0].body, testing::HasSubstr("\"count\":5"));
  EXPECT_THAT(due(seconds(5), true), IsEmpty());
}

TEST_F(EventAggregatorTest, AnEventThatIsGoneIsMadeAnew) {
  add(event(), seconds(0));
  aggregator_.forget(write_.name);
  EXPECT_EQ(add(event(), seconds(1)), Verdict::kWrite);
  EXPECT_TRUE(write_.create);
}

TEST_F(EventAggregatorTest, MemoryIsBoundedAndTheOldestGoesFirst) {
  for (int i = 0; i < 1500; ++i) add(event("n", "o" + std::to_string(i)), std::chrono::milliseconds(i));
  EXPECT_EQ(add(event("n", "o1499"), seconds(2)), Verdict::kWrite);
  EXPECT_FALSE(write_.create) << "still known";
  EXPECT_EQ(add(event("n", "o0"), seconds(2)), Verdict::kWrite);
  EXPECT_TRUE(write_.create) << "forgotten";
}

}  // namespace
}  // namespace kube
