#pragma once

#include "feature.h"
#include "prng.h"
#include "user.h"
#include "world.h"

namespace simulation {

/// spec.domains that lets objects of both namespaces have all names, and take over what is there.
inline constexpr const char* kNamesForAll = R"({"name":"*.example.com","namespaces":["dev","prod"],"adopt":true})";

/// What can happen in a schedule. Each leaves most things out, so that those that remain meet more often.
struct Climate {
  Features features;    ///< those of them that this world has
  unsigned faults = 0;  ///< percent of calls
  bool slow_answers = false;
  bool slow_calls = false;
  bool garbles = false;  ///< show gives no PEM now and then
  bool crashes = false;
  bool late_adds = false;
  bool denials = false;
  bool lagging_watches = false;
  bool leases_move = false;
  unsigned haste = 1;  ///< how much the people do
  User::Habits habits;
};

/// Of `features`, each world has some.
Climate make_climate(Prng& prng, const Features& features);
Setup make_setup(Prng& prng, const Climate& climate);

}  // namespace simulation
