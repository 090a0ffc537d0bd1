#pragma once

#include <string>

#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "kube/error.h"

// What an error of the platform or of the API server is about.
namespace controller {

inline std::string with_request_id(const std::string& note, const std::string& request_id) {
  return request_id.empty() ? note : note + " (request id " + request_id + ")";
}

/// Only the permission for this request is missing. With the wrong domain, or without a subscription of the service,
/// every request would fail.
inline bool lacks_permission(const iotda::Error& error) {
  return error.code == iotda::Error::Code::kForbidden && error.error_code != "IOTDA.000021";
}

/// Likewise, for the error in a status: only uploads are rejected.
inline bool about_adds(const LastError& error) {
  return error.reason == name_of(Reason::kPermissionDenied) && error.error_code != "IOTDA.000021";
}

/// The error is not about one object: the API server cannot be reached, is overloaded, or rejects the credentials.
inline bool concerns_all(const kube::Error& error) {
  using Code = kube::Error::Code;
  return error.code == Code::kTransport || error.code == Code::kThrottled || error.code == Code::kUnauthorized ||
         error.code == Code::kCancelled;
}

inline std::string told(const kube::Error& error) {
  return error.message + (error.status == 0 ? "" : " (HTTP " + std::to_string(error.status) + ")");
}

}  // namespace controller
