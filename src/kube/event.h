#pragma once

#include <string>

#include "kube/api.h"

namespace kube {

/// The object that an event is about.
struct ObjectReference {
  std::string api_version;
  std::string kind;
  ObjectName name;
  std::string uid;
  std::string resource_version;
};

struct Event {
  ObjectReference regarding;
  bool warning = false;
  std::string reason;  ///< CamelCase, at most 128 bytes
  std::string action;  ///< what was attempted, CamelCase, at most 128 bytes
  std::string note;    ///< for users; truncated to 1 kB
};

/// Accepts events; never blocks and never fails, because events are best effort.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void publish(Event event) = 0;
};

}  // namespace kube
