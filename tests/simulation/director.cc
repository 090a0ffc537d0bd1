#include "director.h"

namespace simulation {

unsigned refusals(CallSite::Kind kind) {
  switch (kind) {
    case CallSite::Kind::kRead:
      return 1;
    case CallSite::Kind::kWrite:
      return 3;
    case CallSite::Kind::kAdd:
      return 6;
    case CallSite::Kind::kBind:
      return 5;
    case CallSite::Kind::kRemove:
    case CallSite::Kind::kLook:
      return 4;
  }
  return 0;
}

base::Duration deadline_of(CallSite::Kind kind) {
  return std::chrono::seconds(kind == CallSite::Kind::kLook ? 61 : 30);
}

const char* to_string(Fate::Kind kind) {
  switch (kind) {
    case Fate::Kind::kNormal:
      return "normal";
    case Fate::Kind::kLostBefore:
      return "lost before the effect";
    case Fate::Kind::kLostAfter:
      return "lost after the effect";
    case Fate::Kind::kLate:
      return "lost, done later";
    case Fate::Kind::kRefused:
      return "refused";
    case Fate::Kind::kCrashBefore:
      return "CRASH before the effect";
    case Fate::Kind::kCrashAfter:
      return "CRASH after the effect";
    case Fate::Kind::kCrashLate:
      return "CRASH, done later";
  }
  return "";
}

}  // namespace simulation
