#pragma once

#include <openssl/asn1.h>
#include <optional>

#include "base/clock.h"

namespace certificate {

/// A date of a certificate; one that SystemTime cannot hold (such as the year 9999, which means "no expiry") becomes
/// the nearest that it can. None if it is malformed.
std::optional<base::SystemTime> time_of(const ASN1_TIME* time);

/// Whether `time` is of the one form that RFC 5280 §4.1.2.5 allows: "YYMMDDHHMMSSZ" or, in GeneralizedTime,
/// "YYYYMMDDHHMMSSZ". OpenSSL, Go and most others refuse any other in a chain.
bool is_usual_form(const ASN1_TIME* time);

/// GeneralizedTime for a year that UTCTime can hold (1950 to 2049), which RFC 5280 forbids and most readers take.
bool should_be_utc_time(const ASN1_TIME* time);

}  // namespace certificate
