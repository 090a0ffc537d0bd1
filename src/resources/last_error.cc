#include "resources/last_error.h"

#include <algorithm>

#include "base/text.h"

namespace resources {

LastError parse_last_error(const json::Value& value) {
  return {value["time"].string_or(""),      value["reason"].string_or(""),
          value["message"].string_or(""),   static_cast<int>(value["httpStatus"].integer_or(0)),
          value["errorCode"].string_or(""), value["requestId"].string_or("")};
}

void write_last_error(json::Writer& out, const LastError& error, bool nulls) {
  out.key("lastError").begin_object();
  out.member("time", error.time).member("reason", error.reason).member("message", error.message);
  if (error.http_status != 0) {
    out.member("httpStatus", error.http_status);
  } else if (nulls) {
    out.key("httpStatus").null();
  }
  write_optional(out, "errorCode", error.error_code, nulls);
  write_optional(out, "requestId", error.request_id, nulls);
  out.end_object();
}

void write_optional(json::Writer& out, std::string_view name, const std::string& text, bool nulls) {
  if (!text.empty()) {
    out.member(name, text);
  } else if (nulls) {
    out.key(name).null();
  }
}

void bound(std::string& text, std::size_t max) {
  if (text.size() > max) text = base::truncate(text, max);
}

void bound(int& number, int max) {
  number = std::clamp(number, 0, max);
}

void bound(LastError& error) {
  bound(error.http_status, 999);
  bound(error.reason, 128);
  bound(error.message, kMaxMessage);
  bound(error.error_code, 64);
  bound(error.request_id, 128);
}

}  // namespace resources
