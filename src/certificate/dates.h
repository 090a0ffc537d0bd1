#pragma once

#include <openssl/asn1.h>
#include <optional>

#include "base/clock.h"

namespace certificate {

/// A date of a certificate; one that SystemTime cannot hold (such as the year 9999, which means "no expiry") becomes
/// the nearest that it can. None if it is malformed.
std::optional<base::SystemTime> time_of(const ASN1_TIME* time);

}  // namespace certificate
