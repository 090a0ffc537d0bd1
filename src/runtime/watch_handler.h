#pragma once

#include "json/value.h"

namespace runtime {

/// Receives what a Reflector sees. All calls come from the reflector's thread, in this order: (asking, init,
/// init_apply…, init_done), then apply and deleted as they happen; again from init after the watch was lost for good.
/// Between init and init_done the old state stays valid: what was not applied since init is gone only at init_done. An
/// init that breaks off is followed by another init, which forgets what was applied since the last one. An object may
/// be applied twice within one init: the later is the newer. The Values live only during the call.
class WatchHandler {
 public:
  virtual ~WatchHandler() = default;
  /// A first state is about to be asked for: it is newer than all that is known now.
  virtual void asking() {}
  virtual void init() = 0;
  virtual void init_apply(const json::Value& object) = 0;
  virtual void init_done() = 0;
  virtual void apply(const json::Value& object) = 0;
  virtual void deleted(const json::Value& object) = 0;
};

}  // namespace runtime
