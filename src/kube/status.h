#pragma once

#include "http/transport.h"
#include "json/value.h"
#include "kube/error.h"

namespace kube {

/// The Error that a metav1.Status object describes, in the body of a response or inside a watch. `http_status` is used
/// if the object has no code.
Error error_from_status(const json::Value& status, int http_status = 0);

/// The Error of an answer whose status is not 2xx. Its body may be a Status, or the plain text of something between.
Error error_from_response(const http::Response& response);

Error error_from_transport(const http::Error& error);

}  // namespace kube
