#include "base/time_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/ascii.h"

namespace base {
namespace {

using namespace std::chrono;

struct Broken {
  std::tm tm;
  long nanos;
};

Broken break_down(SystemTime t) {
  const auto seconds_part = floor<seconds>(t);
  const std::time_t unix_time = seconds_part.time_since_epoch().count();
  Broken b{{}, (t - seconds_part).count()};
  gmtime_r(&unix_time, &b.tm);
  return b;
}

/// Reads exactly `width` digits from the start of `s`.
std::optional<int> take_digits(std::string_view& s, std::size_t width) {
  if (s.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (!is_digit(s[i])) return std::nullopt;
    value = value * 10 + (s[i] - '0');
  }
  s.remove_prefix(width);
  return value;
}

bool take(std::string_view& s, char c) {
  if (s.empty() || s.front() != c) return false;
  s.remove_prefix(1);
  return true;
}

/// The year 9999 ("no expiry") does not fit in nanoseconds since 1970: it is replaced with the last second that fits.
SystemTime clamp(sys_seconds t) {
  // One second of margin at both ends, for fractions and for callers that round.
  constexpr sys_seconds first = ceil<seconds>(SystemTime::min()) + seconds(1);
  constexpr sys_seconds last = floor<seconds>(SystemTime::max()) - seconds(1);
  return std::clamp(t, first, last);
}

/// Reads year to second with the given separators ('\0' for none).
std::optional<sys_seconds> take_date_time(std::string_view& s, char date_sep, char time_sep) {
  const auto sep = [&](char c) { return c == '\0' || take(s, c); };
  const auto y = take_digits(s, 4);
  if (!y || !sep(date_sep)) return std::nullopt;
  const auto mo = take_digits(s, 2);
  if (!mo || !sep(date_sep)) return std::nullopt;
  const auto d = take_digits(s, 2);
  if (!d || !take(s, 'T')) return std::nullopt;
  const auto h = take_digits(s, 2);
  if (!h || !sep(time_sep)) return std::nullopt;
  const auto mi = take_digits(s, 2);
  if (!mi || !sep(time_sep)) return std::nullopt;
  const auto sec = take_digits(s, 2);
  if (!sec) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *sec > 60) return std::nullopt;
  return sys_days{date} + hours{*h} + minutes{*mi} + seconds{*sec};
}

}  // namespace

std::string to_rfc3339(SystemTime t) {
  const Broken b = break_down(t);
  std::array<char, 32> out{};
  const auto n = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &b.tm);
  return {out.data(), n};
}

std::string to_rfc3339_micro(SystemTime t) {
  const Broken b = break_down(t);
  std::array<char, 48> out{};
  const auto n = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &b.tm);
  const int m = std::snprintf(out.data() + n, out.size() - n, ".%06ldZ", b.nanos / 1000);
  return {out.data(), n + static_cast<std::size_t>(m)};
}

std::optional<SystemTime> parse_rfc3339(std::string_view s) {
  const auto t = take_date_time(s, '-', ':');
  if (!t) return std::nullopt;
  nanoseconds fraction{0};
  if (take(s, '.')) {
    long scale = 100'000'000;
    std::size_t digits = 0;
    for (; !s.empty() && is_digit(s.front()); s.remove_prefix(1), ++digits, scale /= 10) {
      fraction += nanoseconds((s.front() - '0') * scale);
    }
    if (digits == 0) return std::nullopt;
  }
  if (s == "Z" || s == "z") return clamp(*t) + fraction;
  if (s.size() != 6 || (s[0] != '+' && s[0] != '-')) return std::nullopt;
  const int sign = s[0] == '+' ? 1 : -1;
  s.remove_prefix(1);
  const auto h = take_digits(s, 2);
  if (!h || !take(s, ':')) return std::nullopt;
  const auto m = take_digits(s, 2);
  if (!m || *h > 23 || *m > 59) return std::nullopt;
  return clamp(*t - sign * (hours{*h} + minutes{*m})) + fraction;
}

std::string to_compact(SystemTime t) {
  const Broken b = break_down(t);
  std::array<char, 32> out{};
  const auto n = std::strftime(out.data(), out.size(), "%Y%m%dT%H%M%SZ", &b.tm);
  return {out.data(), n};
}

std::optional<SystemTime> parse_compact(std::string_view s) {
  const auto t = take_date_time(s, '\0', '\0');
  if (!t || s != "Z") return std::nullopt;
  return clamp(*t);
}

std::string to_http_date(SystemTime t) {
  const Broken b = break_down(t);
  std::array<char, 64> out{};
  const auto n = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &b.tm);
  return {out.data(), n};
}

std::optional<SystemTime> parse_http_date(std::string_view s) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (s.size() != form.size() || !s.ends_with(" GMT")) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t width) {
    std::string_view digits = s.substr(at, width);
    return take_digits(digits, width).value_or(-1);
  };
  const auto* const month_name = std::find(months.begin(), months.end(), s.substr(8, 3));
  const auto month_number = static_cast<unsigned>(month_name - months.begin()) + 1;
  const year_month_day date{year{number(12, 4)}, month{month_number}, day{static_cast<unsigned>(number(5, 2))}};
  const int h = number(17, 2);
  const int m = number(20, 2);
  const int sec = number(23, 2);
  if (!date.ok() || date.year() < year{1970} || date.year() > year{2261}) return std::nullopt;
  if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60) return std::nullopt;
  return sys_days{date} + hours{h} + minutes{m} + seconds{sec};
}

std::optional<Duration> parse_duration(std::string_view s) {
  if (s == "0") return Duration::zero();
  if (s.empty()) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, double>, 7> units{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 24 * 3600e9}}};
  double total = 0;
  while (!s.empty()) {
    if (!is_digit(s.front())) return std::nullopt;
    double amount = 0;
    const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), amount, std::chars_format::fixed);
    if (ec != std::errc{}) return std::nullopt;
    s.remove_prefix(static_cast<std::size_t>(end - s.data()));
    const std::size_t letters = std::min(s.find_first_of("0123456789"), s.size());
    const std::string_view unit = s.substr(0, letters);
    s.remove_prefix(letters);
    double factor = 0;
    for (const auto& [name, nanos] : units) {
      if (name == unit) factor = nanos;
    }
    if (factor == 0) return std::nullopt;
    total += amount * factor;
  }
  if (total > 9.2e18) return std::nullopt;
  return Duration(std::llround(total));
}

std::string to_string(Duration d) {
  auto ms = duration_cast<milliseconds>(d).count();
  if (ms == 0) return "0s";
  std::string out;
  if (const auto h = ms / 3'600'000; h > 0) out += std::to_string(h) + "h";
  ms %= 3'600'000;
  if (const auto m = ms / 60'000; m > 0) out += std::to_string(m) + "m";
  ms %= 60'000;
  if (ms == 0) return out;
  if (ms < 1000 && out.empty()) return std::to_string(ms) + "ms";
  out += std::to_string(ms / 1000);
  if (const auto rest = ms % 1000; rest > 0) {
    std::array<char, 8> fraction{};
    (void)std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(rest));
    out += fraction.data();
    while (out.back() == '0') out.pop_back();
  }
  return out + "s";
}

}  // namespace base
