#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "json/value.h"
#include "meta/object_name.h"

namespace overview {

/// An event of the operator, as it is shown.
struct Event {
  std::string kind;       ///< of the object that it is about
  meta::ObjectName name;  ///< of that object
  base::SystemTime time;  ///< when it last happened
  bool warning = false;
  std::string reason;
  std::string note;
  std::int64_t count = 1;
};

/// Of an Event (events.k8s.io/v1); nothing if it is not about an object of the operator, or has no time.
std::optional<Event> parse_event(const json::Value& object);

}  // namespace overview
