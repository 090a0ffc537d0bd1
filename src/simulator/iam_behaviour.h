#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"
#include "json/writer.h"
#include "simulator/iam_call.h"

namespace simulator {

/// Whether the metadata service requires a session token.
enum class MetadataSessions {
  kRequired,
  kOptional,  ///< A token is checked if there is one.
  kAbsent,    ///< There are no sessions: the call that creates one gets 404.
};

/// The behaviour of IAM and of the other services that issue credentials. A value; the defaults are the documented
/// behaviour.
struct IamBehaviour {
  /// Lifetime of tokens.
  int token_seconds = 86'400;
  /// Lifetime of temporary access keys; 0: as requested, or the default of the call.
  int key_seconds = 0;
  MetadataSessions metadata_sessions = MetadataSessions::kRequired;
  /// Whether the machine has an agency, whose access keys the metadata service issues.
  bool agency = true;
  /// Calls that get 503, and calls that get 429.
  std::set<IamCall> unavailable;
  std::set<IamCall> throttled;
  /// Every response is delayed by this.
  base::Duration latency{0};
};

/// Changes the members in `changes` (an object as written by write()). On an error, nothing is changed: an unknown name
/// or an invalid value, with a message that names it.
base::Result<void, std::string> update(IamBehaviour& behaviour, json::Value changes);

void write(json::Writer& w, const IamBehaviour& behaviour);

}  // namespace simulator
