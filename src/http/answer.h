#pragma once

#include <optional>

#include "base/time.h"
#include "http/transport.h"

namespace http {

/// True for a page for people, as proxies and load balancers send it. No API sends one.
bool is_page(const Response& response);

/// Retry-After in seconds (RFC 9110 §10.2.3), at most an hour: long enough to be left alone. None for the other form, a
/// date.
std::optional<base::Duration> retry_after(const Headers& headers);

}  // namespace http
