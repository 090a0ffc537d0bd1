#include "simulator/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = server::Delivery::Kind;

class FaultsOfThePlatform : public PlatformFixture {
 protected:
  std::string last_outcome() { return platform_.log().since(0).back().outcome; }
};

TEST_F(FaultsOfThePlatform, AnswerWithAnErrorInsteadOfDoingTheCall) {
  plan(R"([{"call":"add","action":"status","status":503,"error_code":"X","error_msg":"busy","retry_after":3}])");
  const Answer failed = add(test::self_signed({}));
  EXPECT_EQ(failed.status(), 503);
  EXPECT_EQ(failed.code(), "X");
  EXPECT_EQ(failed.text("error_msg"), "busy");
  EXPECT_EQ(failed.header("Retry-After"), "3");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(add(test::self_signed({})).status(), 201);
}

TEST_F(FaultsOfThePlatform, AnswerWithAnErrorAfterDoingTheCall) {
  plan(R"([{"call":"add","action":"status","after":true}])");
  const Answer failed = add(test::self_signed({}));
  EXPECT_EQ(failed.status(), 500);
  EXPECT_EQ(failed.code(), "IOTDA.000001");
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(FaultsOfThePlatform, DropTheConnectionBeforeTheEffect) {
  plan(R"([{"call":"add","action":"drop_before"}])");
  EXPECT_EQ(add(test::self_signed({})).response.delivery.kind, Kind::kNone);
  EXPECT_EQ(last_outcome(), "dropped_before");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FaultsOfThePlatform, DropTheConnectionAfterTheEffect) {
  const std::string id = add_one();
  plan(R"([{"call":"delete","action":"drop_after"}])");
  EXPECT_EQ(remove(id).response.delivery.kind, Kind::kNone);
  EXPECT_EQ(last_outcome(), "dropped_after");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FaultsOfThePlatform, EndTheConnectionWithinTheBody) {
  plan(R"([{"call":"add","action":"partial_body"}])");
  const Answer half = add(test::self_signed({}));
  EXPECT_EQ(half.status(), 201);
  EXPECT_EQ(half.response.delivery.kind, Kind::kHalf);
  EXPECT_EQ(last_outcome(), "partial_body");
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(FaultsOfThePlatform, DelayTheAnswerNotTheEffect) {
  plan(R"([{"call":"add","action":"delay","delay_ms":700}])");
  EXPECT_EQ(add(test::self_signed({})).response.delivery.delay, milliseconds(700));
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(FaultsOfThePlatform, CommitOneCallLate) {
  plan(R"([{"call":"add","action":"late_commit","delay_ms":700}])");
  EXPECT_EQ(add(test::self_signed({})).response.delivery.kind, Kind::kNone);
  EXPECT_EQ(last_outcome(), "late_commit");
  EXPECT_THAT(listed(), IsEmpty());
  clock_.advance(milliseconds(700));
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(FaultsOfThePlatform, HitTheNthCallOfTheirKindOnce) {
  plan(R"([{"call":"list","nth":2,"action":"status"},{"call":"any","nth":4,"action":"status","status":502}])");
  std::vector<int> statuses;
  statuses.push_back(list().status());
  statuses.push_back(show("0").status());
  statuses.push_back(list().status());
  statuses.push_back(show("0").status());
  statuses.push_back(list().status());
  EXPECT_THAT(statuses, ElementsAre(201, 404, 500, 502, 201));
  EXPECT_THAT(platform_.faults(), IsEmpty());
}

TEST_F(FaultsOfThePlatform, ComeOneAfterTheOtherIfTheyAreDueTogether) {
  plan(R"([{"call":"list","action":"status","status":500},{"call":"list","action":"status","status":501}])");
  EXPECT_EQ(list().status(), 500);
  EXPECT_EQ(list().status(), 501);
  EXPECT_EQ(list().status(), 201);
}

TEST_F(FaultsOfThePlatform, CanBeTakenBack) {
  plan(R"([{"call":"list","action":"status"}])");
  platform_.clear_faults();
  EXPECT_EQ(list().status(), 201);
}

TEST(ParseFaults, RefusesWhatItDoesNotKnow) {
  const auto error_of = [](const char* text) {
    const auto document = json::Document::parse(text);
    const auto parsed = parse_faults(document->root());
    return parsed ? "" : parsed.error();
  };
  EXPECT_EQ(error_of("{}"), "a list of faults is expected");
  EXPECT_EQ(error_of(R"([{"call":"add"}])"), "a fault needs call and action");
  EXPECT_EQ(error_of(R"([{"call":"ad","action":"delay"}])"), "call must be any or the name of a call");
  EXPECT_EQ(error_of(R"([{"call":"add","action":"explode"}])"),
            "action must be status, delay, drop_before, drop_after, partial_body or late_commit");
  EXPECT_EQ(error_of(R"([{"call":"add","action":"delay","nth":0}])"), "nth must be 1 to 1000000");
  EXPECT_EQ(error_of(R"([{"call":"add","action":"delay","ms":1}])"), "there is no ms");
  EXPECT_EQ(error_of(R"([{"call":"add","action":"status","status":99}])"), "status must be 200 to 599");
}

}  // namespace
}  // namespace simulator
