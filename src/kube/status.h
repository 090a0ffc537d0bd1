#pragma once

#include "http/transport.h"
#include "json/value.h"
#include "kube/error.h"

namespace kube {

/// The Error that a metav1.Status object describes, in the body of a response or inside a watch. `http_status` is used
/// if the object has no code.
Error error_from_status(const json::Value& status, int http_status = 0);

/// True for an HTML page, as sent by proxies and load balancers. The API server never sends one.
bool is_page(const http::Response& response);

/// The Error of a response whose status is not 2xx. Its body can be a Status, or the plain text of a proxy.
Error error_from_response(const http::Response& response);

Error error_from_transport(const http::Error& error);

}  // namespace kube
