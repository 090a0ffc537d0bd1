#include "controller/reports.h"

#include "base/invariant.h"
#include "os/log.h"

namespace controller {

void publish(Round& r, const ServerCertificate& object, bool warning, std::string_view reason, const char* action,
             std::string note) {
  os::log::write(
      warning ? os::log::Level::kWarn : os::log::Level::kInfo, note,
      {{"event", reason}, {"servercertificate", object.meta.name.to_string()}, {"instance", r.o.instance_name}});
  r.events.publish({{std::string(kApiVersion), "ServerCertificate", object.meta.name, object.meta.uid.str(),
                     object.meta.resource_version},
                    warning,
                    std::string(reason),
                    action,
                    std::move(note)});
}

void report(Round& r, const char* kind, const meta::Metadata& meta, bool warning, std::string_view reason,
            const std::string& note) {
  os::log::write(warning ? os::log::Level::kWarn : os::log::Level::kInfo, note,
                 {{"event", reason}, {"kind", kind}, {"name", meta.name.to_string()}, {"instance", r.o.instance_name}});
  r.events.publish({{std::string(kApiVersion), kind, meta.name, meta.uid.str(), meta.resource_version},
                    warning,
                    std::string(reason),
                    "Reconcile",
                    note});
}

void report_transition(Round& r, const char* kind, const meta::Metadata& meta, const Condition* before,
                       const Condition* now) {
  if (now == nullptr) return;
  const bool was_ready = before != nullptr && before->status;
  if (now->status) {
    const bool first = before == nullptr || before->reason == name_of(Reason::kSuspended);
    if (!was_ready && !first) report(r, kind, meta, false, kReady, now->message);
    return;
  }
  if (before != nullptr && before->reason == now->reason && !was_ready) return;
  const resources::ReasonRow& row = base::must(resources::find_reason(now->reason), "each reason has a row");
  if (row.told == resources::Told::kOnChange && !was_ready) return;
  const bool warning = row.told == resources::Told::kWarning || row.standing == resources::Standing::kStalled;
  if (row.about_content) {
    report(r, kind, meta, warning, "ValidationFailed", now->reason + ": " + now->message);
  } else {
    report(r, kind, meta, warning, now->reason, now->message);
  }
}

void note_drift(Round& r, base::BootTime found, const ServerCertificate* owner, std::string note) {
  std::vector<base::BootTime>& undoings = r.memory.undoings;
  if (undoings.empty() || undoings.back() != found) undoings.push_back(found);
  if (owner != nullptr) publish(r, *owner, true, "DriftDetected", "Reconcile", std::move(note));
}

}  // namespace controller
