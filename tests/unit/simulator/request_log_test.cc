#include "simulator/request_log.h"

#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

TEST(RequestLog, KeepsTheLatestAndNumbersAll) {
  RequestLog log(3);
  for (int i = 0; i < 5; ++i) log.add({.path = "/" + std::to_string(i)});
  const auto all = log.since(0);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].sequence, 3U);
  EXPECT_EQ(all[0].path, "/2");
  ASSERT_EQ(log.since(4).size(), 1U);
  EXPECT_EQ(log.since(4)[0].path, "/4");
  EXPECT_TRUE(log.since(5).empty());
}

TEST(RequestLog, CutsALongPath) {
  RequestLog log;
  log.add({.path = std::string(10'000, 'x')});
  EXPECT_LE(log.since(0)[0].path.size(), 256U);
}

class LogOfThePlatform : public PlatformFixture {};

TEST_F(LogOfThePlatform, TellsEveryRequestAndNoKey) {
  const test::Identity c = test::self_signed({});
  const Answer added = add(c);
  add(test::self_signed({}), "/nowhere");
  list("?limit=0");
  const auto log = platform_.log().since(0);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].call, "add");
  EXPECT_EQ(log[0].status, 201);
  EXPECT_EQ(log[0].request_id, added.header("X-Request-Id"));
  EXPECT_EQ(log[0].outcome, "answered");
  EXPECT_EQ(log[0].arrived, clock_.system_now());
  EXPECT_EQ(log[1].call, "");
  EXPECT_EQ(log[1].status, 404);
  EXPECT_EQ(log[2].path, std::string(kCertificates) + "?limit=0");
  EXPECT_EQ(log[2].error_code, "IOTDA.000017");
  EXPECT_EQ(to_json(log).find("PRIVATE"), std::string::npos);
}

}  // namespace
}  // namespace simulator
