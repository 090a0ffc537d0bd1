#pragma once

#include <string>

#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "kube/error.h"

namespace controller {

inline std::string with_request_id(const std::string& note, const std::string& request_id) {
  return request_id.empty() ? note : note + " (request id " + request_id + ")";
}

/// Only the permission for this call is missing; the wrong domain or an unsubscribed service would fail every call.
inline bool lacks_permission(const iotda::Error& error) {
  return error.code == iotda::Error::Code::kForbidden && error.error_code != "IOTDA.000021";
}

/// As lacks_permission(), of the error that a status recalls: adds are refused, and nothing else.
inline bool about_adds(const LastError& error) {
  return error.reason == name_of(Reason::kPermissionDenied) && error.error_code != "IOTDA.000021";
}

/// Not about one object: the API server cannot be reached, is overloaded, or does not know us.
inline bool concerns_all(const kube::Error& error) {
  using Code = kube::Error::Code;
  return error.code == Code::kTransport || error.code == Code::kThrottled || error.code == Code::kUnauthorized ||
         error.code == Code::kCancelled;
}

inline std::string told(const kube::Error& error) {
  return error.message + (error.status == 0 ? "" : " (HTTP " + std::to_string(error.status) + ")");
}

}  // namespace controller
