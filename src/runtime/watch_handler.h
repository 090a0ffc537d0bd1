#pragma once

#include "json/value.h"

namespace runtime {

/// Receives the changes that a Reflector sees. All calls come from the thread of the reflector, in this order: (asking,
/// init, init_apply…, init_done), then apply and deleted as they happen; again from init after the watch had to be
/// restarted. Between init and init_done the old state stays valid: objects that were not applied since init are
/// deleted only at init_done. An interrupted init is followed by another init, which discards what was applied since
/// the last one. An object can be applied twice within one init: the later one is newer. The Values are valid only
/// during the call.
class WatchHandler {
 public:
  virtual ~WatchHandler() = default;
  /// The initial state is about to be requested: the response is newer than everything that is known now.
  virtual void asking() {}
  virtual void init() = 0;
  virtual void init_apply(const json::Value& object) = 0;
  virtual void init_done() = 0;
  virtual void apply(const json::Value& object) = 0;
  virtual void deleted(const json::Value& object) = 0;
};

}  // namespace runtime
