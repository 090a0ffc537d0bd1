#pragma once

#include <string>

#include "http/transport.h"

namespace http {

/// Why the method or the headers of a request cannot be sent (RFC 9110 §5, §9.1); empty if they can. What the peer
/// would read as more than one header, or as another end of the message, is refused here.
std::string problem_of(const Request& request);

}  // namespace http
