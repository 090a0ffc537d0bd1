#include "certificate/dates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "base/time_format.h"
#include "certificate/inspect.h"

namespace certificate {
namespace {

/// "3h", "12 days": rounded, so that a message does not change with every check.
std::string roughly(base::Duration d) {
  using namespace std::chrono;
  if (d >= hours(48)) return std::to_string(round<days>(d).count()) + " days";
  if (d >= minutes(90)) return std::to_string(round<hours>(d).count()) + "h";
  return std::to_string(ceil<minutes>(d).count()) + "m";
}

}  // namespace

std::optional<base::SystemTime> time_of(const ASN1_TIME* time) {
  std::tm tm{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return std::nullopt;
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900,
                                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return base::parse_compact({text.data(), static_cast<std::size_t>(size)});
}

bool is_usual_form(const ASN1_TIME* time) {
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                              static_cast<std::size_t>(std::max(0, ASN1_STRING_length(time))));
  const std::size_t digits = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 12 : 14;
  return text.size() == digits + 1 && text.back() == 'Z' && text.find_first_not_of("0123456789") == digits;
}

bool should_be_utc_time(const ASN1_TIME* time) {
  std::tm tm{};
  constexpr int kFrom = 1950 - 1900;
  constexpr int kUntil = 2049 - 1900;
  return ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME && ASN1_TIME_to_tm(time, &tm) == 1 && tm.tm_year >= kFrom &&
         tm.tm_year <= kUntil;
}

std::optional<Finding> check_dates(const Facts& facts, base::SystemTime now) {
  if (now > facts.not_after) {
    return Finding{Severity::kError,
                   Part::kCertificate,
                   "CertificateExpired",
                   0,
                   "the certificate expired on " + base::to_rfc3339(facts.not_after),
                   "renew it"};
  }
  if (now < facts.not_before) {
    return Finding{Severity::kError,
                   Part::kCertificate,
                   "CertificateNotYetValid",
                   0,
                   "the certificate is not valid until " + base::to_rfc3339(facts.not_before) + ", in " +
                       roughly(facts.not_before - now),
                   "it will be uploaded then"};
  }
  return std::nullopt;
}

base::Duration warning_time(const Facts& facts, base::Duration period) {
  constexpr int kPart = 6;
  // Divided before subtracting, because the difference of two dates can exceed the range of Duration.
  const base::Duration part = facts.not_after.time_since_epoch() / kPart - facts.not_before.time_since_epoch() / kPart;
  return facts.not_before == base::SystemTime() ? period : std::min(period, part);
}

std::optional<Finding> expires_soon(const Facts& facts, base::SystemTime now, base::Duration period) {
  if (now > facts.not_after || now < facts.not_before || facts.not_after - now >= warning_time(facts, period)) {
    return std::nullopt;
  }
  return Finding{
      Severity::kWarning,
      Part::kCertificate,
      "ExpiresSoon",
      0,
      "the certificate expires on " + base::to_rfc3339(facts.not_after) + ", in " + roughly(facts.not_after - now),
      "renew it"};
}

}  // namespace certificate
