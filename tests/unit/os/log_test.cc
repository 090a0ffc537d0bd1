#include "os/log.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

#include "base/invariant.h"
#include "os/log_gate.h"

namespace os::log {
namespace {

using namespace std::chrono_literals;

TEST(LogLine, IsOneJsonObjectWithNumbersAndBooleansAsTheyAre) {
  EXPECT_EQ(
      format_line(Format::kJson, "T", Level::kInfo, "added",
                  {{"id", "a-1"}, {"count", 2}, {"size", std::size_t{3}}, {"big", std::int64_t{-4}}, {"ok", true}}),
      R"({"ts":"T","level":"info","msg":"added","id":"a-1","count":2,"size":3,"big":-4,"ok":true})");
}

TEST(LogLine, IsReadableAsText) {
  EXPECT_EQ(format_line(Format::kText, "T", Level::kWarn, "not added",
                        {{"id", "a-1"}, {"why", "too many"}, {"none", ""}, {"eq", "a=b"}, {"count", 2}}),
            R"(T warn not added id=a-1 why="too many" none="" eq="a=b" count=2)");
}

TEST(LogLine, StaysOneLineWhateverComesFromOutside) {
  const std::string hostile = "a\nT error forged\r\t\"\\\x1b[31m\xff";
  for (const Format format : {Format::kText, Format::kJson}) {
    const std::string line = format_line(format, "T", Level::kError, hostile, {{"field", hostile}});
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
    EXPECT_NE(line.find("\\nT error forged\\r\\t"), std::string::npos) << line;
    EXPECT_NE(line.find("\\u001b[31m\xEF\xBF\xBD"), std::string::npos) << line;
  }
}

TEST(LogLine, NamesEveryLevel) {
  EXPECT_EQ(format_line(Format::kText, "T", Level::kDebug, "m", {}), "T debug m");
  EXPECT_EQ(format_line(Format::kText, "T", Level::kError, "m", {}), "T error m");
}

class LogOutput : public ::testing::Test {
 protected:
  void TearDown() override { init(Format::kText, Level::kInfo); }
};

TEST_F(LogOutput, GoesToStandardErrorFromTheLevelOn) {
  init(Format::kJson, Level::kWarn);
  ::testing::internal::CaptureStderr();
  info("left out");
  warn("first", {{"n", 1}});
  error("second");
  write(Level::kDebug, "left out");
  const std::string out = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2) << out;
  EXPECT_NE(out.find(R"("level":"warn","msg":"first","n":1})"
                     "\n"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find(R"("level":"error","msg":"second"})"
                     "\n"),
            std::string::npos)
      << out;
}

// The tests of this name run before all others, while there is one thread only.
TEST(LogDeathTest, HasViolatedInvariantsOnceItIsSetUp) {
  const auto violate = [] {
    init(Format::kJson, Level::kInfo);
    base::must(false, "it holds");
  };
  EXPECT_DEATH(violate(), R"("msg":"invariant violated","expected":"it holds","file":".*log_test\.cc","line":)");
}

TEST(LogGate, LetsNewsThroughAndTheSameAgainAfterAMinute) {
  Gate gate;
  const base::BootTime start{1h};
  EXPECT_TRUE(gate.open("a", start));
  EXPECT_FALSE(gate.open("a", start + 59s));
  EXPECT_TRUE(gate.open("b", start + 59s));
  EXPECT_TRUE(gate.open("a", start + 59s));
  EXPECT_FALSE(gate.open("a", start + 118s));
  EXPECT_TRUE(gate.open("a", start + 119s));
  gate.reset();
  EXPECT_TRUE(gate.open("a", start + 119s));
}

}  // namespace
}  // namespace os::log
