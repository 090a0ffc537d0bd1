#include "base/time_format.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace base {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

SystemTime utc(int y, unsigned mo, unsigned d, int h = 0, int mi = 0, int s = 0, nanoseconds rest = 0ns) {
  return sys_days{year{y} / month{mo} / day{d}} + hours{h} + minutes{mi} + seconds{s} + rest;
}

TEST(Rfc3339, IsWrittenAsKubernetesDoes) {
  EXPECT_EQ(to_rfc3339(utc(2026, 1, 2, 3, 4, 5, 999ms)), "2026-01-02T03:04:05Z");
  EXPECT_EQ(to_rfc3339_micro(utc(2026, 1, 2, 3, 4, 5, 6us)), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(to_rfc3339_micro(utc(1969, 12, 31, 23, 59, 59, 999999us)), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, IsReadInAllItsForms) {
  const std::vector<std::pair<std::string, SystemTime>> forms{
      {"2026-01-02T03:04:05Z", utc(2026, 1, 2, 3, 4, 5)},
      {"2026-01-02T03:04:05z", utc(2026, 1, 2, 3, 4, 5)},
      {"2026-01-02T03:04:05.5Z", utc(2026, 1, 2, 3, 4, 5, 500ms)},
      {"2026-01-02T03:04:05.123456789123Z", utc(2026, 1, 2, 3, 4, 5, 123456789ns)},
      {"2026-01-02T03:04:05+02:00", utc(2026, 1, 2, 1, 4, 5)},
      {"2026-01-01T23:04:05.25-05:30", utc(2026, 1, 2, 4, 34, 5, 250ms)},
      {"2024-02-29T00:00:00Z", utc(2024, 2, 29)},
      {"2016-12-31T23:59:60Z", utc(2017, 1, 1)},
      {"1950-01-01T00:00:00Z", utc(1950, 1, 1)},
  };
  for (const auto& [text, expected] : forms) EXPECT_EQ(parse_rfc3339(text), expected) << text;
}

TEST(Rfc3339, IsRefusedWhereItIsMalformed) {
  for (const char* text :
       {"", "2026-01-02", "2026-01-02T03:04:05", "2026-1-02T03:04:05Z", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z",
        "2026-02-30T03:04:05Z", "2025-02-29T00:00:00Z", "2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05+0200",
        "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+02:60", "-026-01-02T03:04:05Z", "2026-00-02T03:04:05Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, ClampsTimesThatDoNotFit) {
  for (const char* text : {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-23:59", "2262-04-12T00:00:00Z"}) {
    const auto t = parse_rfc3339(text);
    ASSERT_TRUE(t.has_value()) << text;
    EXPECT_TRUE(to_rfc3339(*t).starts_with("2262-04-11T23:4")) << text;
  }
  for (const char* text : {"0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1677-09-21T00:00:00Z"}) {
    const auto t = parse_rfc3339(text);
    ASSERT_TRUE(t.has_value()) << text;
    EXPECT_TRUE(to_rfc3339(*t).starts_with("1677-09-21T00:1")) << text;
  }
}

TEST(CompactTime, IsWrittenAndRead) {
  EXPECT_EQ(to_compact(utc(2026, 1, 2, 3, 4, 5, 999ms)), "20260102T030405Z");
  EXPECT_EQ(parse_compact("20260102T030405Z"), utc(2026, 1, 2, 3, 4, 5));
  for (const char* text : {"", "20260102T030405", "2026-01-02T03:04:05Z", "20260102030405Z", "20261302T030405Z",
                           "20260102T030405ZZ", "20260102T030405.5Z"}) {
    EXPECT_EQ(parse_compact(text), std::nullopt) << text;
  }
  EXPECT_TRUE(parse_compact("99991231T235959Z").has_value());
}

TEST(DurationText, IsReadAsGoWritesIt) {
  const std::vector<std::pair<std::string, Duration>> forms{
      {"0", 0s},        {"0s", 0s},      {"500ms", 500ms},      {"30s", 30s},      {"10m", 10min},
      {"1h30m", 90min}, {"1.5h", 90min}, {"1m30.25s", 90250ms}, {"4.35s", 4350ms}, {"7us", 7us},
      {"9ns", 9ns},     {"2m1h", 62min}, {"100h", 100h},        {"30d", 720h},     {"1d12h", 36h},
  };
  for (const auto& [text, expected] : forms) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(HttpDate, IsThatOfRfc9110) {
  const SystemTime t = parse_rfc3339("1994-11-06T08:49:37Z").value();
  EXPECT_EQ(to_http_date(t), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_http_date(t + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), t);
}

TEST(HttpDate, IsRefusedInAnyOtherForm) {
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 1969 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsRefusedWhereItIsMalformed) {
  for (const char* text : {"", "1", "s", "-1s", "+1s", "1 s", "1s ", "1w", "1S", "1e3s", ".5s", "1..5s", "1m30", "inf",
                           "9223372037s1h", "99999999999999h"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsWrittenInTheShortestForm) {
  const std::vector<std::pair<Duration, std::string>> forms{
      {0s, "0s"}, {1ns, "0s"},   {500ms, "500ms"},           {1500ms, "1.5s"}, {30s, "30s"},       {90min, "1h30m"},
      {1h, "1h"}, {61s, "1m1s"}, {3600s + 250ms, "1h0.25s"}, {100h, "100h"},   {1001ms, "1.001s"}, {10s, "10s"},
  };
  for (const auto& [duration, expected] : forms) EXPECT_EQ(to_string(duration), expected);
}

TEST(DurationText, ComesBackTheSame) {
  for (std::int64_t ms = 1; ms < 500'000'000; ms = ms * 3 + 1) {
    EXPECT_EQ(parse_duration(to_string(milliseconds(ms))), milliseconds(ms));
  }
}

}  // namespace
}  // namespace base
