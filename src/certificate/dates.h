#pragma once

#include <openssl/asn1.h>
#include <optional>

#include "base/time.h"

namespace certificate {

/// A date of a certificate. A date outside the range of SystemTime (such as the year 9999, which means "no expiry")
/// becomes the nearest date in the range. Nothing if it is malformed.
std::optional<base::SystemTime> time_of(const ASN1_TIME* time);

/// Whether `time` has the only form that RFC 5280 §4.1.2.5 allows: "YYMMDDHHMMSSZ" or, in GeneralizedTime,
/// "YYYYMMDDHHMMSSZ". OpenSSL, Go and most others reject any other form in a chain.
bool is_usual_form(const ASN1_TIME* time);

/// Whether GeneralizedTime is used for a year that UTCTime can hold (1950 to 2049). RFC 5280 forbids it, but most
/// implementations accept it.
bool should_be_utc_time(const ASN1_TIME* time);

}  // namespace certificate
