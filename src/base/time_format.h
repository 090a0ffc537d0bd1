#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace base {

/// RFC 3339 in UTC with whole seconds, as Kubernetes writes metav1.Time: "2026-01-02T03:04:05Z".
std::string to_rfc3339(SystemTime t);
/// The same with microseconds, as Kubernetes writes metav1.MicroTime: "2026-01-02T03:04:05.000006Z".
std::string to_rfc3339_micro(SystemTime t);
/// Parses either form (any number of fraction digits, "Z" or a numeric offset). A time outside the range of SystemTime
/// (before 1677, after 2262) becomes the nearest time in the range, to within seconds; the same applies to
/// parse_compact().
std::optional<SystemTime> parse_rfc3339(std::string_view s);

/// The compact form of ISO 8601 in UTC, used by X-Sdk-Date and in the dates of IoTDA: `20260102T030405Z`.
std::string to_compact(SystemTime t);
std::optional<SystemTime> parse_compact(std::string_view s);

/// IMF-fixdate of RFC 9110 §5.6.7, the only form that is still written: "Sun, 06 Nov 1994 08:49:37 GMT". Reads the
/// years from 1970 that SystemTime holds.
std::string to_http_date(SystemTime t);
std::optional<SystemTime> parse_http_date(std::string_view s);

/// A duration as Go and Kubernetes write it: "500ms", "30s", "10m", "1h30m"; beyond them, days: "30d". Negative
/// ones are refused.
std::optional<Duration> parse_duration(std::string_view s);
/// The shortest form that parse_duration accepts, rounded to milliseconds: "1h30m", "1.5s".
std::string to_string(Duration d);

}  // namespace base
