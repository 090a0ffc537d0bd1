#include "overview/event.h"

#include "base/time_format.h"
#include "resources/server_certificate.h"

namespace overview {

std::optional<Event> parse_event(const json::Value& object) {
  const json::Value about = object["regarding"];
  if (about["apiVersion"].string_or("") != resources::kApiVersion) return std::nullopt;
  const json::Value series = object["series"];
  const std::string_view first = object["eventTime"].string().value_or("");
  const auto time = base::parse_rfc3339(series["lastObservedTime"].string().value_or(first));
  if (!time) return std::nullopt;
  return Event{about["kind"].string_or(""),
               {about["namespace"].string_or(""), about["name"].string_or("")},
               *time,
               object["type"].string_or("") == "Warning",
               object["reason"].string_or(""),
               object["note"].string_or(""),
               series["count"].integer_or(1)};
}

}  // namespace overview
