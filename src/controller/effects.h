#pragma once

#include "controller/round.h"

// Which effect each action of a plan has.
namespace controller {

/// Carries out one action. The caller has to observe again afterwards: the action may have had another effect than
/// planned, or none.
Step carry_out(const Action& action, Round& r);

}  // namespace controller
