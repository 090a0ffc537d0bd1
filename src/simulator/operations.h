#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "server/message.h"
#include "simulator/behaviour.h"
#include "simulator/call.h"
#include "simulator/identifiers.h"
#include "simulator/instance.h"
#include "simulator/refusal.h"

namespace simulator {

struct Reply {
  int status = 200;
  std::string body;
};

/// The state that an effect needs at the time when it happens.
struct Context {
  base::SystemTime system_now;
  base::BootTime boot_now;
  const Behaviour& behaviour;
  Identifiers& identifiers;
};

/// A call with validated input, ready to be executed.
using Effect = std::function<base::Result<Reply, Refused>(Instance&, const Context&)>;

/// Reads and validates the input of a call. This is the slow part (certificates, keys), and needs no state.
base::Result<Effect, Refused> prepare(const Route& route, const server::Request& request, base::SystemTime now);

/// Whether the call changes something.
bool changes_state(Call call);

}  // namespace simulator
