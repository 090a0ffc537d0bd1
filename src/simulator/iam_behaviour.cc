#include "simulator/iam_behaviour.h"

#include "simulator/members.h"

namespace simulator {
namespace {

using members::Names;
using members::Outcome;
using members::read;

constexpr int kMaxSeconds = 604'800;
constexpr Names<MetadataSessions, 3> kSessions = {{{MetadataSessions::kRequired, "required"},
                                                   {MetadataSessions::kOptional, "optional"},
                                                   {MetadataSessions::kAbsent, "absent"}}};

Outcome read(IamBehaviour& b, std::string_view key, json::Value value) {
  if (key == "token_seconds") return read(b.token_seconds, key, 1, kMaxSeconds, value);
  if (key == "key_seconds") return read(b.key_seconds, key, 0, kMaxSeconds, value);
  if (key == "metadata_sessions") return read(b.metadata_sessions, kSessions, key, value);
  if (key == "agency") return read(b.agency, key, value);
  if (key == "unavailable") return read(b.unavailable, iam_call_named, key, value);
  if (key == "throttled") return read(b.throttled, iam_call_named, key, value);
  if (key == "latency_ms") return read(b.latency, key, value);
  return members::unknown(key);
}

}  // namespace

Outcome update(IamBehaviour& behaviour, json::Value changes) {
  return members::update(behaviour, changes,
                         [](IamBehaviour& b, std::string_view key, json::Value value) { return read(b, key, value); });
}

void write(json::Writer& w, const IamBehaviour& b) {
  w.begin_object()
      .member("token_seconds", b.token_seconds)
      .member("key_seconds", b.key_seconds)
      .member("metadata_sessions", members::name(b.metadata_sessions, kSessions))
      .member("agency", b.agency);
  members::write(w, "unavailable", b.unavailable);
  members::write(w, "throttled", b.throttled);
  w.member("latency_ms", members::in_ms(b.latency)).end_object();
}

}  // namespace simulator
