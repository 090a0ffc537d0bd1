#pragma once

#include <string>

#include "controller/round.h"
#include "kube/error.h"

// What a failed request to the API server means for the plan and for later requests.
namespace controller {

/// Logs a failure that concerns all objects. Always kFailed.
Step failed(const Round& r, const char* what, const kube::Error& error);

/// A request for one object failed. kDone: only this object rests, and the plan continues with the others. kFailed: the
/// error concerns all objects.
Step object_failed(Round& r, const ServerCertificate& object, Effect effect, const kube::Error& error);

/// Likewise, for the owner of an entry, which may not be observed: its ServerCertificate or its Secret cannot be read.
Step owner_failed(Round& r, const kube::ObjectName& name, const Uid& uid, const kube::Error& error);

/// A request for the object succeeded: ends its rest.
void object_worked(Round& r, const ServerCertificate& object, Effect effect);

/// Lets the object rest, longer after each failure in a row. True after the first failure.
bool note_trouble(Round& r, const Uid& uid, Effect effect, std::string message);

}  // namespace controller
