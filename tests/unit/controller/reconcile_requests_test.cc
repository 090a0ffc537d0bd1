#include "controller/reconcile_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace controller {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;

const base::BootTime kStart{std::chrono::hours(1)};

TEST(ReconcileRequests, OfOneObjectSoManyAreGrantedThenOneInAWhile) {
  ReconcileRequests requests;
  int granted = 0;
  for (int i = 0; i < 600; ++i) {
    granted += static_cast<int>(requests.judge({{"a", "x"}}, kStart + seconds(i)).granted.size());
  }
  EXPECT_EQ(granted, 5 + 9) << "in 10 minutes";
}

TEST(ReconcileRequests, OneThatWaitsIsGrantedAtTheTimeThatIsToldForIt) {
  ReconcileRequests requests;
  for (int i = 0; i < 5; ++i) EXPECT_THAT(requests.judge({{"a", "x"}}, kStart).granted, ElementsAre(meta::Uid("a")));
  const auto verdict = requests.judge({{"a", "x"}}, kStart);
  EXPECT_THAT(verdict.granted, IsEmpty());
  ASSERT_THAT(verdict.waiting, ElementsAre(Key(meta::Uid("a"))));
  EXPECT_THAT(requests.judge({{"a", "x"}}, verdict.waiting.at("a") + seconds(1)).granted, ElementsAre(meta::Uid("a")));
}

TEST(ReconcileRequests, AllObjectsShareWhatTheInstanceGrants) {
  ReconcileRequests requests;
  int granted = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<ReconcileRequests::Request> all;
    for (int k = 0; k < 600; ++k) all.push_back({meta::Uid("a" + std::to_string(k)), "x"});
    granted += static_cast<int>(requests.judge(std::move(all), kStart + seconds(i)).granted.size());
  }
  EXPECT_EQ(granted, 20 + 5) << "in a minute";
}

TEST(ReconcileRequests, ANamespaceThatHadNoneComesBeforeOneThatHadMany) {
  ReconcileRequests requests;
  std::vector<ReconcileRequests::Request> many;
  for (int k = 0; k < 600; ++k) many.push_back({meta::Uid("a" + std::to_string(k)), "x"});
  EXPECT_EQ(requests.judge(many, kStart).granted.size(), 20U);
  std::vector<ReconcileRequests::Request> both = many;
  both.push_back({"victim", "y"});
  EXPECT_THAT(requests.judge(std::move(both), kStart + seconds(10)).granted, ElementsAre(meta::Uid("victim")));
}

}  // namespace
}  // namespace controller
