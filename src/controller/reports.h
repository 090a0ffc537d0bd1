#pragma once

#include <string>
#include <string_view>

#include "controller/round.h"

// Events about objects, each with a log line.
namespace controller {

/// An event about a ServerCertificate.
void publish(Round& r, const ServerCertificate& object, bool warning, std::string_view reason, const char* action,
             std::string note);

/// An event about an object of that kind.
void report(Round& r, const char* kind, const meta::Metadata& meta, bool warning, std::string_view reason,
            const std::string& note);

/// Reports each change of Ready once, both ways; of reasons that follow each other, those that are a warning.
void report_transition(Round& r, const char* kind, const meta::Metadata& meta, const Condition* before,
                       const Condition* now);

/// Another party changed on the platform what belongs to `owner`, which may be null. `found`: when the request began
/// that shows it. All that one request shows counts as one change, so that it does not look like a second writer.
void note_drift(Round& r, base::BootTime found, const ServerCertificate* owner, std::string note);

}  // namespace controller
